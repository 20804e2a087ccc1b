import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Admission, admission } from './admission.ts';

/** What the model calls of one door share. */
export type ModelDoor = Disposable & {
  readonly admission: Admission;
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Takes room for a request body that has to be held; undefined when there is none left. */
  hold(bytes: number): Disposable | undefined;
  /** Whether a spent budget is to be recorded again: agents may try many times before they stop. */
  isBudgetNews(nowMs: number): boolean;
};

const BUDGET_NEWS_MS = 5_000;

/** Model calls that run at once behind one door. */
const MAX_RUNNING = 32;
/** Request bodies held at once behind one door, in bytes. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;

export function modelDoor(
  remainingUsd: () => number | undefined,
  proxyEnv: Readonly<Record<string, string | undefined>> | undefined,
): ModelDoor {
  const options = { keepAlive: true, keepAliveMsecs: 15_000, ...(proxyEnv === undefined ? {} : { proxyEnv }) };
  const http = new HttpAgent(options);
  const https = new HttpsAgent(options);
  let heldBytes = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  return {
    admission: admission(remainingUsd, MAX_RUNNING),
    http,
    https,
    hold(bytes) {
      if (heldBytes + bytes > MAX_HELD_BYTES) return undefined;
      heldBytes += bytes;
      let held = true;
      return {
        [Symbol.dispose]() {
          if (held) heldBytes -= bytes;
          held = false;
        },
      };
    },
    isBudgetNews(nowMs) {
      if (Math.abs(nowMs - toldMs) < BUDGET_NEWS_MS) return false;
      toldMs = nowMs;
      return true;
    },
    [Symbol.dispose]() {
      http.destroy();
      https.destroy();
    },
  };
}
