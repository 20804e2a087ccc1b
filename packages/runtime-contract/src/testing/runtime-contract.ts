import { afterAll, beforeAll, describe } from 'vitest';
import { createContract } from './create-contract.ts';
import { doorContract } from './door-contract.ts';
import type { RuntimeFixture } from './fixture.ts';
import { isolationContract } from './isolation-contract.ts';
import { snapshotsContract } from './snapshots-contract.ts';
import { startContract } from './start-contract.ts';
import { stopContract } from './stop-contract.ts';
import { survivalContract } from './survival-contract.ts';

export type { RuntimeFixture } from './fixture.ts';

export type RuntimePromises = {
  /** Commands are processes, isolated from the host and each other. */
  readonly real: boolean;
  /** The text of a module that exports `runtime`, over the same machine as the fixture's, for a server that is killed. */
  readonly survives: ((fixture: RuntimeFixture) => string) | undefined;
};

/** All that `Runtime` and `Snapshots` of @cspace/domain promise, as tests. Every runtime runs them. */
export function runtimeContract(
  name: string,
  promises: RuntimePromises,
  makeRuntime: () => Promise<RuntimeFixture>,
): void {
  describe(`${name} runtime`, () => {
    let fixture: RuntimeFixture;
    beforeAll(async () => {
      fixture = await makeRuntime();
    });
    afterAll(() => fixture?.dispose());
    const given = () => fixture;
    createContract(given);
    startContract(given, promises.real);
    stopContract(given, promises.real);
    snapshotsContract(given, promises.real);
    if (promises.survives !== undefined) survivalContract(given, promises.survives);
    if (!promises.real) return;
    isolationContract(given);
    doorContract(given);
  });
}
