export { type FakeServer, fakeServer } from './fake-server.ts';
export { type World, world } from './world.ts';
