import { parse } from 'yaml';
import { Scenario } from './scenario.ts';

/** Reads a scenario out of YAML (JSON is YAML). Throws what is wrong with it, by path. */
export function readScenario(text: string): Scenario {
  return Scenario.parse(parse(text));
}
