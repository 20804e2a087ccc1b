import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { ADD_ARTIFACT_PATH } from '@cspace/protocol';
import { type FoundFile, stampOf } from './find-files.ts';

export type Uploaded =
  | { readonly kind: 'kept' }
  /** It is not the file that was found any more. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly code: string; readonly why: string }
  /** Nobody answers just now. */
  | { readonly kind: 'unavailable' };

const CHUNK_BYTES = 256 * 1024;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Gives a file's bytes to the server. When the file changes before the last of them is sent, nothing of it is kept. */
export async function upload(door: string, file: FoundFile, signal: AbortSignal): Promise<Uploaded> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  if (handle === undefined) return { kind: 'changed' };
  try {
    if (!(await isStill(handle, file))) return { kind: 'changed' };
    return await send(door, file, handle, signal);
  } catch {
    return { kind: 'unavailable' };
  } finally {
    await handle.close();
  }
}

async function isStill(handle: FileHandle, file: FoundFile): Promise<boolean> {
  const stat = await handle.stat();
  return stat.isFile() && stampOf(stat) === file.stamp;
}

async function send(door: string, file: FoundFile, handle: FileHandle, signal: AbortSignal): Promise<Uploaded> {
  // Loaded when it is wanted: most sessions never upload anything, and it is megabytes.
  const request = process.getBuiltinModule('node:http').request({
    socketPath: door,
    method: 'PUT',
    path: `${ADD_ARTIFACT_PATH}?name=${encodeURIComponent(file.name)}`,
    headers: { host: 'door', 'content-length': file.bytes, 'content-type': 'application/octet-stream' },
    agent: false,
    signal,
  });
  const answered = new Promise<Uploaded>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => void resultOf(response).then(resolve, reject));
  });
  answered.catch(() => undefined);
  const changed = await write(request, file, handle, answered);
  if (!changed) return answered;
  request.destroy();
  return { kind: 'changed' };
}

/** Writes the file's bytes, the last of them only while it is still the same file. Gives whether it has changed. */
async function write(
  request: NodeJS.WritableStream,
  file: FoundFile,
  handle: FileHandle,
  answered: Promise<unknown>,
): Promise<boolean> {
  let over = false;
  const end = answered.then(
    () => (over = true),
    () => (over = true),
  );
  let at = 0;
  while (at < file.bytes && !over) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, file.bytes - at)), 0);
    at += bytesRead;
    if (bytesRead === 0 || (at === file.bytes && !(await isStill(handle, file)))) return true;
    const room = request.write(buffer.subarray(0, bytesRead));
    if (!room) await Promise.race([end, new Promise((resolve) => request.once('drain', resolve))]);
  }
  request.end();
  return false;
}

async function resultOf(response: IncomingMessage): Promise<Uploaded> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) if (text.length < MAX_ANSWER_BYTES) text += chunk;
  const status = response.statusCode ?? 500;
  if (status < 400) return { kind: 'kept' };
  if (status >= 500) return { kind: 'unavailable' };
  return { kind: 'refused', ...refusal(text) };
}

function refusal(text: string): { readonly code: string; readonly why: string } {
  try {
    const { code, message } = JSON.parse(text) as Record<string, unknown>;
    if (typeof code === 'string' && typeof message === 'string') return { code, why: message };
  } catch {
    // The door itself answers in plain text.
  }
  return { code: 'invalid', why: text.trim().slice(0, 500) };
}
