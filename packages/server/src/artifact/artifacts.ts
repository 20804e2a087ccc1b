import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  ARTIFACT_LIMITS,
  type Artifact,
  type ArtifactId,
  Fault,
  type Ids,
  isArtifactName,
  type SessionId,
} from '@cspace/domain';
import type { Journal } from '../journal.ts';
import { mediaType } from './media-type.ts';

/** The files that came out of sessions. They are there for as long as the session's log is. */
export type Artifacts = {
  /** Keeps the bytes under that name. The same bytes under the same name are kept once, however often they come. */
  add(id: SessionId, name: string, length: number, bytes: AsyncIterable<Uint8Array>): Promise<Artifact>;
  list(id: SessionId): readonly Artifact[];
  /** The bytes of an artifact; `not-found` when that session has none of that id. */
  open(id: SessionId, artifactId: ArtifactId): Promise<{ readonly artifact: Artifact; readonly bytes: Readable }>;
  remove(id: SessionId): Promise<void>;
};

export type ArtifactsDependencies = {
  /** Has a directory for each session, called by its id, with a file for each artifact, called by its id. */
  readonly directory: string;
  readonly journal: Journal;
  readonly ids: Pick<Ids, 'artifact'>;
  readonly clock: () => number;
  readonly redact: () => <T>(value: T) => T;
  readonly limits?: typeof ARTIFACT_LIMITS | { readonly [Key in keyof typeof ARTIFACT_LIMITS]: number };
};

export function artifacts(given: ArtifactsDependencies): Artifacts {
  const { directory, journal, limits = ARTIFACT_LIMITS } = given;
  const last = new Map<SessionId, Promise<unknown>>();
  const swept = new Set<SessionId>();
  const list = (id: SessionId) => journal.store(id).artifacts();

  /** One at a time in a session: how much is left is certain, and nobody fills the disk with many halves. */
  const inTurn = <T>(id: SessionId, act: () => Promise<T>): Promise<T> => {
    const mine = (last.get(id) ?? Promise.resolve()).then(act, act);
    last.set(id, mine);
    const over = () => {
      if (last.get(id) === mine) last.delete(id);
    };
    mine.then(over, over);
    return mine;
  };

  const keep = async (
    id: SessionId,
    name: string,
    length: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<Artifact> => {
    requireRoom(list(id), name, length, limits);
    const own = join(directory, id);
    await mkdir(own, { recursive: true, mode: 0o700 });
    if (!swept.has(id)) await sweep(own, list(id));
    swept.add(id);
    const part = join(own, `${randomBytes(8).toString('hex')}.part`);
    try {
      const sha256 = await write(part, length, bytes);
      const known = list(id).find((each) => each.sha256 === sha256 && each.name === name);
      if (known !== undefined) return known;
      const artifact: Artifact = {
        id: given.ids.artifact(),
        name,
        bytes: length,
        mediaType: mediaType(name),
        sha256,
        addedAtMs: given.clock(),
      };
      await rename(part, join(own, artifact.id));
      const { id: artifactId, mediaType: type } = artifact;
      journal.record(id, {
        artifacts: [artifact],
        events: [{ type: 'artifact.added', artifactId, name, bytes: length, mediaType: type }],
      });
      return artifact;
    } finally {
      await rm(part, { force: true });
    }
  };

  return {
    list,
    async add(id, written, length, bytes) {
      const name = given.redact()(written);
      if (!isArtifactName(name)) {
        throw new Fault('invalid', 'Cannot keep the artifact: its name is not a plain relative path', {
          hint: 'No control characters, no backslash, no . or .. in it, at most 500 characters',
        });
      }
      if (length > limits.fileBytes) throw tooMuch(name, `it is larger than ${mebibytes(limits.fileBytes)}`);
      return inTurn(id, () => keep(id, name, length, bytes));
    },
    async open(id, artifactId) {
      const artifact = list(id).find((each) => each.id === artifactId);
      const path = join(directory, id, artifactId);
      if (artifact === undefined || (await stat(path).catch(() => undefined)) === undefined) {
        throw new Fault('not-found', `Cannot find artifact ${artifactId}: this session has none of that id`);
      }
      return { artifact, bytes: createReadStream(path) };
    },
    async remove(id) {
      await rm(join(directory, id), { recursive: true, force: true });
    },
  };
}

function requireRoom(
  kept: readonly Artifact[],
  name: string,
  length: number,
  limits: NonNullable<ArtifactsDependencies['limits']>,
): void {
  if (kept.length >= limits.count) throw tooMuch(name, `the session has ${limits.count} artifacts`);
  const total = kept.reduce((sum, { bytes }) => sum + bytes, length);
  if (total > limits.totalBytes) {
    throw tooMuch(name, `the artifacts of the session would be more than ${mebibytes(limits.totalBytes)}`);
  }
}

function tooMuch(name: string, why: string): Fault {
  return new Fault('limit', `Cannot keep the artifact ${name}: ${why}`);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** Writes exactly `length` bytes and gives their hash. */
async function write(path: string, length: number, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  let written = 0;
  const counted = async function* () {
    for await (const chunk of bytes) {
      written += chunk.byteLength;
      if (written > length) break;
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(Readable.from(counted()), createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  if (written !== length)
    throw new Fault('invalid', 'Cannot keep the artifact: it is not as long as it was said to be');
  return hash.digest('hex');
}

/** Takes away what a crash left between the file and its record. */
async function sweep(directory: string, kept: readonly Artifact[]): Promise<void> {
  const known = new Set<string>(kept.map(({ id }) => id));
  for (const name of await readdir(directory)) if (!known.has(name)) await rm(join(directory, name), { force: true });
}
