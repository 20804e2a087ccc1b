import type { Socket } from 'node:net';
import { CONTROL_UPGRADE, DOOR, type Down, MAX_CONTROL_LINE_BYTES, type Up } from '@cspace/protocol';
import type { Outbox } from '../outbox/outbox.ts';
import { dial } from './dial.ts';
import { lineDecoder } from './line-decoder.ts';
import { parseDown } from './parse-down.ts';

/** How long to wait before the n-th attempt; the last one for ever. A server that is back is found within half a second. */
const BACKOFF_MS = [20, 50, 100, 200, 300, 500] as const;
/** How many bytes of events may be under way without an acknowledgement. */
const WINDOW_BYTES = 4 * 1024 * 1024;

export type Welcome = Extract<Down, { type: 'welcome' }>;
type Hello = Extract<Up, { type: 'hello' }>;
/** What is not the connection's own business. */
export type Order = Exclude<Down, { type: 'ack' | 'ping' | 'welcome' }>;

/** The control connection to the server, made again for as long as the sandbox lives. */
export type Uplink = {
  /** Whether a server has welcomed us on the connection that is open now. */
  readonly connected: boolean;
  /** Sends an answer. Dropped when nobody is connected: the question is dropped too. */
  send(answer: Exclude<Up, { type: 'hello' | 'events' }>): void;
  close(): void;
};

export function openUplink(given: {
  readonly door: string;
  readonly outbox: Outbox;
  readonly hello: () => Omit<Hello, 'type' | 'outboxId' | 'lastSeq'>;
  readonly onWelcome: (welcome: Welcome) => void;
  readonly onOrder: (order: Order) => void;
  /** Everything up to this number is durable on the server. */
  readonly onAck?: (seq: number) => void;
}): Uplink {
  const { outbox } = given;
  let current: Connection | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let closed = false;

  const redial = (): void => {
    if (closed) return;
    const waitMs = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)];
    failures += 1;
    timer = setTimeout(() => void connect(), waitMs);
  };

  const connect = async (): Promise<void> => {
    try {
      const socket = await dial(given.door, DOOR.control, CONTROL_UPGRADE);
      if (closed) socket.destroy();
      else serve(socket);
    } catch {
      redial();
    }
  };

  const serve = (socket: Socket): void => {
    const connection: Connection = { socket, sentSeq: outbox.ackedSeq, underWay: [], welcomed: false, blocked: false };
    current = connection;
    const decode = lineDecoder(MAX_CONTROL_LINE_BYTES);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const line of decode(chunk)) receive(connection, line);
      } catch (error) {
        console.error(`Cannot read what the server sent: ${(error as Error).message}`);
        socket.destroy();
      }
    });
    socket.on('drain', () => {
      connection.blocked = false;
      pump();
    });
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (current === connection) current = undefined;
      redial();
    });
    write(connection, { type: 'hello', ...given.hello(), outboxId: outbox.id, lastSeq: outbox.lastSeq });
    socket.resume();
  };

  const receive = (connection: Connection, line: string): void => {
    const message = parseDown(line);
    if (message === undefined || connection !== current) return;
    switch (message.type) {
      case 'ping':
        write(connection, { type: 'pong' });
        return;
      case 'ack':
        outbox.ack(message.seq);
        connection.underWay = connection.underWay.filter((batch) => batch.seq > message.seq);
        given.onAck?.(message.seq);
        pump();
        return;
      case 'welcome':
        failures = 0;
        if (!outbox.welcome({ ackedSeq: message.ackedSeq, session: message.session.id })) {
          connection.socket.destroy();
          return;
        }
        connection.sentSeq = outbox.ackedSeq;
        connection.welcomed = true;
        pump();
        given.onWelcome(message);
        return;
      default:
        given.onOrder(message);
    }
  };

  /** Sends what the outbox holds, as far as the window and the socket let it. */
  const pump = (): void => {
    const connection = current;
    if (connection === undefined || !connection.welcomed) return;
    while (!connection.blocked && bytesUnderWay(connection) < WINDOW_BYTES && connection.sentSeq < outbox.lastSeq) {
      const batch = outbox.read(connection.sentSeq);
      if (batch.items.length === 0) return;
      connection.sentSeq = batch.lastSeq;
      const line = `{"type":"events","items":[${batch.items.join(',')}]}\n`;
      connection.underWay.push({ seq: batch.lastSeq, bytes: line.length });
      connection.blocked = !connection.socket.write(line);
    }
  };

  let pumping = false;
  outbox.onAppend(() => {
    if (pumping) return;
    pumping = true;
    queueMicrotask(() => {
      pumping = false;
      pump();
    });
  });

  void connect();
  return {
    get connected() {
      return current?.welcomed === true;
    },
    send(answer) {
      if (current?.welcomed === true) write(current, answer);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      current?.socket.end();
      current?.socket.destroySoon();
    },
  };
}

type Connection = {
  readonly socket: Socket;
  /** The last event that was written to this socket. */
  sentSeq: number;
  underWay: { readonly seq: number; readonly bytes: number }[];
  welcomed: boolean;
  blocked: boolean;
};

function bytesUnderWay(connection: Connection): number {
  return connection.underWay.reduce((sum, batch) => sum + batch.bytes, 0);
}

function write(connection: Connection, message: Up): void {
  connection.socket.write(`${JSON.stringify(message)}\n`);
}
