import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { Fault, type SandboxDoor, type SandboxId } from '@cspace/domain';
import type Docker from 'dockerode';
import type { Engine } from './engine.ts';

/** Nobody: it has the socket's directory and nothing else. */
export const RELAY_USER = 65_534;

/** How long a relay may take to start: the engine's answer, and Node's start on a machine that is busy. */
const OPEN_MS = 30_000;
/** As often as the other end does. */
const PING_MS = 15_000;
/** See the other end, packages/supervisor/src/relay. */
const STREAM_WINDOW_BYTES = 1024 ** 2;
const SESSION_WINDOW_BYTES = 16 * STREAM_WINDOW_BYTES;
const SESSION_MEMORY_MB = 256;
const LAST_WORDS_BYTES = 1024;

/**
 * Doors that are carried into containers over the engine's own connection, because their sockets cannot be mounted: a container
 * keeps having no network at all, and who it is is told by which stream it is heard on.
 */
export type Relays = {
  /** Resolves once the door can be opened inside; one that is open is left alone. */
  open(id: SandboxId, container: Docker.Container, door: SandboxDoor, signal: AbortSignal): Promise<void>;
  isOpen(id: SandboxId): boolean;
  close(id: SandboxId): void;
  closeAll(): void;
};

type Relay = { readonly opened: Promise<void>; readonly close: () => void };

export function relays(engine: Engine): Relays {
  const all = new Map<SandboxId, Relay>();
  const close = (id: SandboxId) => {
    all.get(id)?.close();
    all.delete(id);
  };
  return {
    async open(id, container, door, signal) {
      const mine = all.get(id) ?? openRelay(engine, id, container, door, signal, () => forget(mine));
      const forget = (relay: Relay) => {
        if (all.get(id) === relay) all.delete(id);
      };
      all.set(id, mine);
      await mine.opened;
    },
    isOpen: (id) => all.has(id),
    close,
    closeAll: () => {
      for (const id of all.keys()) close(id);
    },
  };
}

function openRelay(
  engine: Engine,
  id: SandboxId,
  container: Docker.Container,
  door: SandboxDoor,
  signal: AbortSignal,
  onClose: () => void,
): Relay {
  const closing = new AbortController();
  const opened = (async () => {
    const line = await engine.ask(`open the door of ${id}`, signal, async (abortSignal) => {
      const exec = await container.exec({
        Cmd: [...door.relay, join(door.target, door.socket)],
        User: `${RELAY_USER}:${RELAY_USER}`,
        WorkingDir: '/',
        // An image may have options for programs of its own.
        Env: ['NODE_OPTIONS='],
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        abortSignal,
      });
      return exec.start({ hijack: true, stdin: true, abortSignal });
    });
    if (closing.signal.aborted) line.destroy();
    closing.signal.addEventListener('abort', () => line.destroy());
    line.once('close', onClose);
    await serve(engine, id, line, join(door.source, door.socket));
  })();
  opened.catch(() => {
    closing.abort();
    onClose();
  });
  return { opened, close: () => closing.abort() };
}

/** Takes what comes over the line to the door's socket. Resolves once the other end has spoken. */
async function serve(engine: Engine, id: SandboxId, line: Duplex, socketPath: string): Promise<void> {
  const [said, complaints] = [new PassThrough(), new PassThrough()];
  let lastWords = '';
  complaints.on('data', (part: Buffer) => {
    lastWords = (lastWords + part.toString()).slice(-LAST_WORDS_BYTES);
  });
  engine.docker.modem.demuxStream(line, said, complaints);
  line.once('close', () => said.end());
  const server = createServer({
    maxSessionMemory: SESSION_MEMORY_MB,
    settings: { initialWindowSize: STREAM_WINDOW_BYTES },
  });
  server.on('stream', (inner: ServerHttp2Stream) => {
    const outer = connect({ path: socketPath, allowHalfOpen: true });
    outer.once('connect', () => {
      inner.respond({ ':status': 200 });
      inner.pipe(outer).pipe(inner);
    });
    // The end of one direction ends that direction only; a line that breaks ends both.
    outer.on('error', () => inner.close());
    inner.on('error', () => outer.destroy());
    inner.on('close', () => outer.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string) => {
      clearTimeout(timer);
      line.destroy();
      reject(new Fault('failed', `Cannot open the door of ${id}: ${lastWords.trim() || why}`));
    };
    const timer = setTimeout(failed, OPEN_MS, 'what carries it does not answer');
    line.once('close', () => failed('what carries it has ended'));
    line.on('error', (error: Error) => failed(error.message));
    server.on('sessionError', (error: Error) => failed(error.message));
    server.on('session', (session) => {
      session.setLocalWindowSize(SESSION_WINDOW_BYTES);
      endWhenSilent(session, line);
      session.once('close', () => line.destroy());
      session.once('remoteSettings', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    server.emit('connection', duplexOf(said, line));
  });
}

/** A network that is gone says nothing: a line that answers no ping is ended, and opened again at the next look. */
function endWhenSilent(session: ServerHttp2Session, line: Duplex): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) line.destroy();
    answered = false;
    session.ping(() => {
      answered = true;
    });
  }, PING_MS).unref();
  line.once('close', () => clearInterval(timer));
}

/** Its type knows the streams of the web only. */
function duplexOf(readable: NodeJS.ReadableStream, writable: NodeJS.WritableStream): Duplex {
  return Duplex.from({ readable, writable } as unknown as Iterable<never>);
}
