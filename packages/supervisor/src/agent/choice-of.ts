import type { SessionConfigOption } from '@agentclientprotocol/sdk';

/** What an agent offers to choose from, by its category (`model`, `thought_level`). */
export type Choice = {
  readonly configId: string;
  readonly current: string;
  readonly values: readonly { readonly value: string; readonly name: string }[];
};

/** The choice of that category, or undefined when the agent offers none. */
export function choiceOf(
  options: readonly SessionConfigOption[] | null | undefined,
  category: 'model' | 'thought_level',
): Choice | undefined {
  for (const option of options ?? []) {
    if (option.type !== 'select' || option.category !== category) continue;
    const values = option.options.flatMap((each) => ('group' in each ? each.options : [each]));
    return { configId: option.id, current: option.currentValue, values };
  }
  return undefined;
}
