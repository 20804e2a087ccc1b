import type { Verb } from './cli.ts';

/** How a command of the program is carried out. The module with the verb is loaded inside, when it is called. */
export type Act = (verb: Verb) => Promise<void>;
