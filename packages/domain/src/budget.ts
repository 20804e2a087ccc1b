/** What is spent and promised when a model call is asked for. */
export type BudgetView = {
  /** US dollars that may still be spent; undefined without a budget. */
  readonly remainingUsd: number | undefined;
  /** What the calls that run now may cost, as far as that can be told. */
  readonly reservedUsd: number;
  readonly running: number;
  readonly maxRunning: number;
};

/** `wait`: until a call that runs has ended and its cost is known. */
export type BudgetDecision = 'admit' | 'wait' | 'refuse';

/**
 * Whether a model call may start. Calls that run at once could together spend far more than is left, as the cost of each is known
 * only at its end; so what they may cost is held back, and the last dollars are spent one call after the other.
 */
export function decideBudget(view: BudgetView): BudgetDecision {
  if (view.remainingUsd !== undefined && view.remainingUsd <= 0) return 'refuse';
  if (view.running >= view.maxRunning) return 'wait';
  if (view.remainingUsd === undefined || view.running === 0) return 'admit';
  return view.remainingUsd - view.reservedUsd > 0 ? 'admit' : 'wait';
}

/** What is held back for a call while it runs: its size at a middling input price, and a short answer. */
export function reserveUsd(requestBytes: number): number {
  return (tokensOf(requestBytes) * 3) / 1_000_000 + 0.05;
}

/** About how many tokens so many bytes of text are, where nobody said. Never more than a context holds. */
export function tokensOf(bytes: number): number {
  return Math.min(Math.ceil(bytes / 4), 200_000);
}
