import type { Usage } from './scenario.ts';

/** A tool that a request offers. `properties` is its input's JSON schema; a free-form tool takes text. */
export interface OfferedTool {
  readonly name: string;
  readonly freeForm: boolean;
  readonly properties: Readonly<Record<string, { readonly type?: unknown }>>;
  readonly required: readonly string[];
}

/** A tool call as it goes out. Free-form tools get text, others an object. */
export interface OutgoingCall {
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>> | string;
}

/** An answer before it is put into the words of a protocol. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly createdAtSeconds: number;
  readonly thinking: string | undefined;
  readonly text: string | undefined;
  readonly calls: readonly OutgoingCall[];
  readonly usage: Usage;
  /** How many characters of text a piece holds. */
  readonly chunkChars: number;
}

/** One server-sent event. */
export interface StreamEvent {
  readonly event?: string;
  readonly data: string;
}

/** What is read out of a request, whatever its protocol. */
export interface ModelRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly tools: readonly OfferedTool[];
  /** The text the user (or a client, for it) said last, without the reminders that agents put in. */
  readonly lastUserText: string;
  /** How many answers the conversation holds, in all and since `lastUserText`. */
  readonly answers: { readonly inConversation: number; readonly inTurn: number };
  /** Made beside the conversation: a title, a quota probe. */
  readonly side: boolean;
  /** Whether the answer's usage is wanted in the stream, where that is a choice. */
  readonly usageWanted: boolean;
}

/** One of the wire protocols, as data in and out. */
export interface Protocol {
  readonly name: 'anthropic' | 'responses' | 'chat';
  /** The end of the path it is served at. */
  readonly path: string;
  read(body: unknown): ModelRequest;
  stream(answer: Answer, request: ModelRequest): readonly StreamEvent[];
  whole(answer: Answer): unknown;
  error(status: number, type: string | undefined, message: string): unknown;
}

/** Cuts text into pieces of `size` characters, never through a surrogate pair. */
export function pieces(text: string, size: number): string[] {
  const characters = [...text];
  const out: string[] = [];
  for (let at = 0; at < characters.length; at += size) out.push(characters.slice(at, at + size).join(''));
  return out;
}
