/** Milliseconds since the epoch. Given to what needs the time, so that decisions can be tested. */
export type Clock = () => number;
