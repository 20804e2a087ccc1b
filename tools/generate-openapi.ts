import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AgentStatus,
  AgentView,
  contract,
  Diff,
  Doctor,
  LoggedEvent,
  PromptReceipt,
  SessionView,
} from '@cspace/protocol';
import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { ROOT } from './source-files.ts';

export const OPENAPI_FILE = 'docs/openapi.json';

/** The OpenAPI document of the API contract. */
export async function generateOpenapi(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(contract, {
    commonSchemas: {
      AgentStatus: { schema: AgentStatus },
      AgentView: { schema: AgentView },
      Diff: { schema: Diff },
      Doctor: { schema: Doctor },
      LoggedEvent: { schema: LoggedEvent },
      PromptReceipt: { schema: PromptReceipt },
      SessionView: { schema: SessionView },
    },
    info: {
      title: 'cspace',
      version: String(version),
      description: 'The one contract between the server and every face',
    },
  });
  return `${JSON.stringify(withSharedFaults(document), null, 2)}\n`;
}

type Document = Awaited<ReturnType<OpenAPIGenerator['generate']>>;
type Responses = NonNullable<NonNullable<Document['components']>['responses']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Every route fails in the same ways: each way is said once, and routes point to it. */
function withSharedFaults(document: Document): Document {
  const shared: Responses = {};
  for (const operations of Object.values(document.paths ?? {})) {
    for (const method of METHODS) {
      const responses = operations?.[method]?.responses ?? {};
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) < 400 || response === undefined) continue;
        const name = `Fault${status}`;
        shared[name] ??= response;
        const isSame = JSON.stringify(shared[name]) === JSON.stringify(response);
        if (isSame) responses[status] = { $ref: `#/components/responses/${name}` };
      }
    }
  }
  return { ...document, components: { ...document.components, responses: shared } };
}

if (import.meta.main) {
  const file = join(ROOT, OPENAPI_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await generateOpenapi());
}
