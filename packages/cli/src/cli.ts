import type { Io } from './io.ts';
import type { Output } from './output.ts';

/** The options that every command has. */
export type Flags = {
  readonly json?: boolean;
  readonly project?: string;
  readonly server?: string;
  readonly yes?: boolean;
  readonly debug?: boolean;
};

/** What a command is given: the outside, the common options, and where to print. */
export type Cli = { readonly io: Io; readonly flags: Flags; readonly out: Output };

/** What a command does. It gives its exit code; nothing is 0. */
export type Verb = (cli: Cli) => Promise<number | undefined> | Promise<void>;
