import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ReplyInput,
  type SampleProject,
  type ScriptedModel,
  sampleProject,
  startScriptedModel,
} from '@cspace/testkit';
import { type Product, product } from './product.ts';

/** Put in at the gateway; a sandbox must never see it. */
export const KEY = 'sk-ant-e2e-canary-0123456789abcdef';

export type ModelScene = {
  readonly model: ScriptedModel;
  readonly cspace: Product;
  readonly project: SampleProject;
  /** The user's repository, to run commands in. */
  readonly cwd: string;
};

/** A product whose server has the key of a scripted model, and a sample project with a failing test. */
export async function modelScene(
  cleanup: AsyncDisposableStack,
  replies: (project: SampleProject) => readonly ReplyInput[],
  env: Readonly<Record<string, string>> = {},
): Promise<ModelScene> {
  const parent = mkdtempSync(join(tmpdir(), 'cspace-project-'));
  const project = sampleProject(parent);
  const model = cleanup.use(await startScriptedModel({ replies: [...replies(project)] }));
  const keys = {
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: model.url,
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: `${model.url}/v1`,
  };
  const cspace = cleanup.use(await product({ ...keys, ...env }));
  return { model, cspace, project, cwd: project.path };
}
