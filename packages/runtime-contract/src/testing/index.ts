export { type Exchange, type ExchangeFiles, exchange } from './exchange.ts';
export { aSpec, newIds, until } from './fixture.ts';
export { type RuntimeFixture, type RuntimePromises, runtimeContract } from './runtime-contract.ts';
