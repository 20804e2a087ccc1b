import type { KeyUses } from './check-keys.ts';

const HOST = 'a sandbox has no part of the host';
const editors = { remark: 'it is for editors, and no editor attaches' };

/** What becomes of the keys of a devcontainer.json; docs/devcontainers.md has the same table for people. */
export const CONFIG_USES: KeyUses = {
  $schema: 'used',
  name: 'used',
  image: 'used',
  build: 'used',
  dockerFile: 'used',
  context: 'used',
  features: 'used',
  overrideFeatureInstallOrder: 'used',
  dockerComposeFile: 'used',
  service: 'used',
  runServices: 'used',
  onCreateCommand: 'used',
  updateContentCommand: 'used',
  postCreateCommand: 'used',
  postStartCommand: 'used',
  containerEnv: 'used',
  remoteEnv: 'used',
  containerUser: 'used',
  remoteUser: 'used',
  forwardPorts: 'used',
  portsAttributes: 'used',
  workspaceFolder: 'used',

  customizations: editors,
  extensions: editors,
  settings: editors,
  devPort: editors,
  otherPortsAttributes: editors,
  postAttachCommand: { remark: 'nothing attaches, so it does not run' },
  waitFor: { remark: 'the agent waits for all of them' },
  hostRequirements: { remark: 'it is not checked; limits in .cspace.json say what a sandbox gets' },
  secrets: { remark: 'none is asked for; secrets in .cspace.json are added at the door' },
  init: { remark: 'the supervisor is what starts and reaps processes' },
  overrideCommand: { remark: "the image's own command does not run" },
  shutdownAction: { remark: 'a sandbox stops with its session' },
  updateRemoteUserUID: { remark: 'the user gets the number that sandboxes have' },
  userEnvProbe: { remark: 'the files of a login shell are not read for the environment' },
  workspaceMount: { remark: 'the clone is always at /workspace' },

  initializeCommand: {
    refused: 'it would run on the host',
    hint: 'Do it in onCreateCommand, which runs inside, or take it out of what agents use: name another file as sandbox.devcontainer',
  },
  mounts: { refused: HOST, hint: 'What a sandbox writes it keeps by itself; put what it needs into the image' },
  runArgs: {
    refused: 'they are arguments of docker run, which could take the walls of the sandbox away',
    hint: 'limits and sandbox in .cspace.json say what a sandbox gets',
  },
  privileged: {
    refused: 'a privileged container has no walls',
    hint: 'Take it out; there are no containers in a sandbox',
  },
  capAdd: {
    refused: 'a sandbox has no capabilities',
    hint: 'Take it out; tracing processes of its own user needs none',
  },
  securityOpt: { refused: 'the filters of a sandbox stay', hint: 'Take it out' },
  appPort: {
    refused: 'no port of a sandbox is published on the host',
    hint: 'Put the ports into forwardPorts; cspace port forwards one',
  },
};

export const BUILD_USES: KeyUses = {
  dockerfile: 'used',
  context: 'used',
  args: 'used',
  target: 'used',
  cacheFrom: { remark: "the engine's own cache is used" },
  options: {
    refused: 'they are arguments of docker build, which could show it files and networks of the host',
    hint: 'Use args, context and target',
  },
};
