export { aPrompt } from './a-prompt.ts';
export { aSession } from './a-session.ts';
