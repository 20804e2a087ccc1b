import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge, type Verdict } from './judge.ts';
import type { Row } from './row.ts';
import { burst, burstDocker } from './rows/burst.ts';
import { deliver } from './rows/deliver.ts';
import { density } from './rows/density.ts';
import { events } from './rows/events.ts';
import { firstTokenCold } from './rows/first-token-cold.ts';
import { help } from './rows/help.ts';
import { list } from './rows/list.ts';
import { recover } from './rows/recover.ts';
import { replay } from './rows/replay.ts';
import { send } from './rows/send.ts';
import { startDocker } from './rows/start-docker.ts';
import { startEmbedded } from './rows/start-embedded.ts';
import { startFloor } from './rows/start-floor.ts';
import { tenDocker, tenDockerMemory } from './rows/ten-docker.ts';
import { table } from './table.ts';

const ROWS: readonly Row[] = [
  startEmbedded,
  startFloor,
  startDocker,
  firstTokenCold,
  send,
  deliver,
  events,
  replay,
  burst,
  burstDocker,
  tenDocker,
  tenDockerMemory,
  recover,
  density,
  help,
  list,
];
const RESULTS = join(import.meta.dirname, 'results');

/** Measures the rows of these names (all of them for none), prints the table, writes it as JSON. Resolves to the exit code. */
async function bench(names: readonly string[], signal: AbortSignal): Promise<number> {
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) {
    console.error(`Cannot measure ${unknown}: there is no such benchmark`);
    console.error(`Known: ${ROWS.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const verdicts: Verdict[] = [];
  for (const row of ROWS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.error(`${row.name}: ${row.what} …`);
    verdicts.push(judge(row, await measured(row, signal)));
  }
  console.log(table(verdicts));
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${new Date().toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify(verdicts, null, 2)}\n`);
  console.error(`Written to ${file}`);
  return verdicts.every(({ holds }) => holds !== false) ? 0 : 1;
}

/** A row that breaks off has failed; the others are measured all the same. */
async function measured(row: Row, signal: AbortSignal): ReturnType<Row['run']> {
  try {
    return await row.run(signal);
  } catch (error) {
    signal.throwIfAborted();
    console.error(`${row.name} broke off: ${error instanceof Error ? error.stack : String(error)}`);
    return { ours: { ms: [], tried: 1 } };
  }
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
process.exitCode = await bench(process.argv.slice(2), interrupted.signal);
