export { type AcpAgent, startAcpAgent } from './acp/start-acp-agent.ts';
export { GIT_ENV, git } from './git.ts';
export {
  type HostileRepository,
  hostileNames,
  hostileRepository,
  TRAP_NAMES,
  type TrapName,
} from './hostile-repository.ts';
export { type SampleProject, sampleProject } from './sample-project.ts';
export { readScenario } from './scripted-model/read-scenario.ts';
export type { RecordedRequest } from './scripted-model/recorded-request.ts';
export { type ReplyInput, Scenario, type ScenarioInput } from './scripted-model/scenario.ts';
export { type ScriptedModel, startScriptedModel } from './scripted-model/start-scripted-model.ts';
