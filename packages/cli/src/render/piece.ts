export type Tone = 'plain' | 'dim' | 'good' | 'bad' | 'warn' | 'accent';

/** One thing to show of a session, with no colour and no escape in it. Text is neutral already. */
export type Piece =
  /** The agent's own words, as they come; a chunk may end anywhere. */
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'thought'; readonly text: string }
  /** One line: a mark, a text, how long it took, and lines that belong under it. */
  | {
      readonly kind: 'line';
      readonly mark: string;
      readonly tone: Tone;
      readonly text: string;
      readonly ms?: number;
      readonly under?: readonly string[];
      /** `plain`: only where progress is a log, because a live line shows it otherwise; `fancy`: only on a terminal. */
      readonly only?: 'plain' | 'fancy';
      /** The end of a turn, which some commands tell in their own way. */
      readonly endsTurn?: boolean;
    }
  /** A user turn as it was put in. */
  | { readonly kind: 'prompt'; readonly promptId: string; readonly from: string; readonly text: string };
