export { openIndex } from './open-index.ts';
export { type Ownership, ownDataDirectory } from './own-data-directory.ts';
export { sessionStores } from './session-stores.ts';
