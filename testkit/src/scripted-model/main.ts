import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readScenario } from './read-scenario.ts';
import { startScriptedModel } from './start-scripted-model.ts';

const USAGE = 'usage: main.ts --scenario FILE [--port N]';

const { values } = parseArgs({ options: { scenario: { type: 'string' }, port: { type: 'string', default: '0' } } });
if (values.scenario === undefined) {
  console.error(USAGE);
  process.exit(2);
}

const model = await startScriptedModel(readScenario(await readFile(values.scenario, 'utf8')), {
  port: Number(values.port),
});
console.log(model.url);
console.error(
  `POST ${model.url}/scripted/release lets a held reply go on; GET /scripted/requests shows what was asked`,
);

const stop = async () => {
  await model[Symbol.asyncDispose]();
  process.exit(0);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
