/** From the last thing that happened until memory is given back: a prompt that follows a turn does not wait for it. */
const QUIET_MS = 2_000;

/**
 * Gives the memory that work took back to the machine once nothing more happens; called whenever something did. V8 would keep
 * it for work to come: a fifth of what an idle supervisor has. Does nothing where Node runs without `--expose-gc`.
 */
export function giveBack(): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => globalThis.gc?.({ type: 'major', flavor: 'last-resort' }), QUIET_MS).unref();
  };
}
