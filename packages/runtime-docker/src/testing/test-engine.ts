/** The engine of the tests: tools/test.ts starts one of its own and names it here. */
export function testEngine(): { readonly host: string } {
  const host = process.env.CSPACE_TEST_DOCKER_HOST;
  if (host === undefined || host === '')
    throw new Error('CSPACE_TEST_DOCKER_HOST is not set: node tools/engine.ts start prints one, or name your own');
  return { host };
}
