import * as z from 'zod';
import { BYTES, parseBytes } from '../bytes.ts';
import { DURATION, parseDuration } from '../duration.ts';
import { isFault } from '../fault.ts';

/** Text that `read` takes, of the shape `pattern` for editors. */
function readBy(read: (text: string) => number, pattern: RegExp, error: string) {
  const isReadable = (text: string): boolean => {
    try {
      return read(text) > 0;
    } catch (fault) {
      if (isFault(fault)) return false;
      throw fault;
    }
  };
  return z.string().regex(pattern, { error }).refine(isReadable, { error });
}

const Size = readBy(parseBytes, BYTES, 'it is not a size such as 512m or 2g');
const Duration = readBy(parseDuration, DURATION, 'it is not a duration such as 4h or 10m');
const Variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());
const Branches = z.array(z.string().min(1).max(244));
/** One script, or several that run in order. They run inside, never on the host. */
const Script = z.union([z.string().min(1), z.array(z.string().min(1))]);

const Service = z.strictObject({
  image: z.string().min(1).optional().describe('Image the service runs from'),
  command: z
    .union([z.string().min(1), z.array(z.string()).min(1)])
    .optional()
    .describe('What it runs'),
  env: Variables.optional(),
  ports: z.array(z.int().min(1).max(65535)).optional().describe('Ports it listens on, on localhost of the sandbox'),
  health: z.string().min(1).optional().describe('Command that succeeds once the service is ready'),
  volumes: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9_-]*:\/[^:,]*$/, { error: 'it is not name:/path (host paths are not shown inside)' }),
    )
    .optional()
    .describe('Named volumes, as name:/path'),
});

const Secret = z.strictObject({
  hosts: z.array(z.string().min(1)).min(1).describe('Hosts whose requests get the secret, at the gateway'),
  header: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/)
    .default('authorization')
    .describe('Header it is put in'),
});

/** `.cspace.json`, `.cspace.local.json` and the user's own file: every key may be absent. */
export const Config = z.strictObject({
  $schema: z.string().optional(),
  project: z
    .strictObject({
      name: z.string().min(1).max(100).optional().describe('What the project is called'),
      repo: z.string().min(1).optional().describe('Where pushes land: a git URL, or owner/name on the forge'),
      baseBranch: z.string().min(1).optional().describe('Branch that sessions start from'),
    })
    .optional(),
  agent: z
    .strictObject({
      default: z.string().min(1).optional().describe('Agent of the manifest that `up` starts'),
      model: z.string().min(1).optional(),
      effort: z.string().min(1).optional(),
    })
    .optional(),
  limits: z
    .strictObject({
      memory: Size.optional().describe('Memory of a sandbox, such as 4g'),
      cpus: z.number().positive().optional().describe('Cores; 1.5 is one and a half'),
      pids: z.int().positive().optional().describe('Processes and threads at once'),
      disk: Size.optional().describe('What the writable layer may grow to'),
      timeout: Duration.optional().describe('The longest turn'),
      idle: Duration.optional().describe('Time without a prompt before the agent goes to sleep'),
      budgetUsd: z.number().positive().optional().describe('US dollars a session may spend on models'),
    })
    .optional(),
  sandbox: z
    .strictObject({
      runtime: z.enum(['auto', 'bubblewrap', 'docker', 'swarm']).optional().describe('What makes sandboxes'),
      image: z.string().min(1).optional().describe('Image of the sandbox, where the runtime has images'),
      devcontainer: z
        .union([z.boolean(), z.string().min(1)])
        .optional()
        .describe('Use the devcontainer, or the one at a path'),
      browser: z.boolean().optional().describe('Offer the agent a browser of its own, as tools'),
      ports: z
        .record(z.string().regex(/^[1-9]\d{0,4}$/), z.string())
        .optional()
        .describe('Labels of ports'),
      env: Variables.optional().describe('Environment of the agent'),
      setup: Script.optional().describe('Runs once, inside, after the clone'),
      start: Script.optional().describe('Runs inside at every start'),
    })
    .optional(),
  services: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), Service).optional(),
  egress: z
    .strictObject({
      allow: z.array(z.string().min(1).max(300)).optional().describe('host:port and *.host:port; no port means 443'),
    })
    .optional(),
  secrets: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), Secret).optional(),
  push: z
    .strictObject({
      allow: Branches.optional().describe(
        'Branches a session may push beside its own; `*` at the end matches any rest',
      ),
      protect: Branches.optional().describe('Branches nobody pushes'),
    })
    .optional(),
  verify: z
    .strictObject({
      all: z.string().min(1).optional().describe('Command that checks everything'),
      e2e: z.string().min(1).optional().describe('Command that runs the end-to-end tests'),
    })
    .optional(),
  coordinate: z
    .strictObject({
      parallel: z.int().positive().max(1000).optional().describe('Agents that work at once'),
      issueLabel: z.string().min(1).optional(),
      featureBranch: z.union([z.boolean(), z.string().min(1)]).optional(),
      stack: z.enum(['finished', 'eager']).optional().describe('When a task may start on top of another'),
    })
    .optional(),
  plugins: z.array(z.string().min(1)).optional(),
});
export type Config = z.infer<typeof Config>;

/** What holds where nobody says otherwise. */
export const DEFAULT_CONFIG = {
  agent: { default: 'claude' },
  limits: { timeout: '4h', idle: '10m' },
  sandbox: { runtime: 'auto' },
  egress: { allow: [] },
  push: { allow: [], protect: [] },
  coordinate: { parallel: 4, stack: 'finished' },
  plugins: [],
} as const satisfies Config;
