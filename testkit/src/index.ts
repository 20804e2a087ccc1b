export { type AcpAgent, startAcpAgent } from './acp/start-acp-agent.ts';
export { readScenario } from './scripted-model/read-scenario.ts';
export type { RecordedRequest } from './scripted-model/recorded-request.ts';
export { type ReplyInput, Scenario, type ScenarioInput } from './scripted-model/scenario.ts';
export { type ScriptedModel, startScriptedModel } from './scripted-model/start-scripted-model.ts';
