/** The engine of the tests: tools/test.ts starts one and names it here, or says why there is none. */
export const TEST_ENGINE = {
  host: process.env.CSPACE_TEST_DOCKER_HOST || undefined,
  missing:
    process.env.CSPACE_TEST_DOCKER_MISSING ??
    'CSPACE_TEST_DOCKER_HOST is not set: node tools/engine.ts start starts an engine and prints it',
} as const;
