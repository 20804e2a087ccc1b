export { type CallOptions, type Client, type Connection, connect } from './connect.ts';
export { download } from './download.ts';
export { faultFromConnection, faultFromWire } from './fault-from-wire.ts';
export type { FetchLike, ResponseLike } from './fetch-like.ts';
export { type EventSource, type FollowOptions, follow } from './follow.ts';
