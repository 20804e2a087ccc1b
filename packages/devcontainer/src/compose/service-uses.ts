import type { KeyUses } from '../config/check-keys.ts';

const NO_HOST = {
  refused: 'a sandbox has no part of the host',
  hint: 'Take it out; docs/devcontainers.md says what works',
};
const WALLS = { refused: 'the walls of a sandbox stay', hint: 'Take it out; docs/devcontainers.md says what works' };
const ONE_FILE = { refused: 'it reads other files', hint: 'Write what it brings into this file' };
const localhost = { remark: 'all services share one localhost' };
const engine = { remark: 'it is the business of whoever runs the container' };
const limits = { remark: 'limits in .cspace.json say what a sandbox and its services get' };

export const FILE_USES: KeyUses = {
  services: 'used',
  volumes: 'used',
  version: 'used',
  name: 'used',
  networks: localhost,
  secrets: NO_HOST,
  configs: NO_HOST,
  include: ONE_FILE,
};

/** Of a service that runs beside the sandbox. */
export const SERVICE_USES: KeyUses = {
  image: 'used',
  build: 'used',
  command: 'used',
  entrypoint: 'used',
  environment: 'used',
  env_file: 'used',
  healthcheck: 'used',
  volumes: 'used',
  ports: 'used',
  expose: 'used',
  depends_on: 'used',
  network_mode: 'used',
  profiles: 'used',

  networks: localhost,
  links: localhost,
  hostname: localhost,
  domainname: localhost,
  extra_hosts: localhost,
  aliases: localhost,
  container_name: engine,
  labels: engine,
  annotations: engine,
  logging: engine,
  restart: { remark: 'a service that ended is started when the session starts again' },
  init: engine,
  tty: engine,
  stdin_open: engine,
  attach: engine,
  platform: engine,
  pull_policy: engine,
  scale: { remark: 'there is one of each service' },
  deploy: limits,
  cpus: limits,
  mem_limit: limits,
  mem_reservation: limits,
  memswap_limit: limits,
  mem_swappiness: limits,
  pids_limit: limits,
  ulimits: limits,
  shm_size: limits,
  oom_score_adj: limits,
  stop_signal: engine,
  stop_grace_period: engine,
  user: { remark: 'it runs as its image says' },
  develop: { remark: 'it is for docker compose watch' },

  working_dir: { refused: 'a service starts where its image says', hint: 'Set WORKDIR in its image' },
  tmpfs: { refused: 'a service has only its named volumes', hint: 'Take it out, or name a volume' },
  privileged: { refused: 'a privileged container has no walls', hint: 'Take it out' },
  cap_add: WALLS,
  cap_drop: { remark: 'services have few capabilities in any case' },
  security_opt: WALLS,
  devices: NO_HOST,
  device_cgroup_rules: NO_HOST,
  gpus: NO_HOST,
  group_add: WALLS,
  userns_mode: WALLS,
  cgroup: WALLS,
  cgroup_parent: WALLS,
  pid: WALLS,
  ipc: WALLS,
  uts: WALLS,
  sysctls: WALLS,
  isolation: WALLS,
  runtime: WALLS,
  read_only: { remark: 'what a service writes goes with its container' },
  dns: WALLS,
  dns_search: WALLS,
  volumes_from: { refused: 'volumes are of one service', hint: 'Name the volumes' },
  secrets: NO_HOST,
  configs: NO_HOST,
  credential_spec: NO_HOST,
  external_links: NO_HOST,
  extends: ONE_FILE,
};

/** Of the service that the sandbox is made of. */
export const MAIN_USES: KeyUses = {
  ...SERVICE_USES,
  user: 'used',
  command: { remark: 'it does not run; the sandbox runs the agent' },
  entrypoint: { remark: 'it does not run; the sandbox runs the agent' },
  healthcheck: { remark: 'the sandbox is ready when its agent is' },
  working_dir: { remark: 'the clone is at /workspace' },
};

export const COMPOSE_BUILD_USES: KeyUses = {
  context: 'used',
  dockerfile: 'used',
  args: 'used',
  target: 'used',
  labels: engine,
  tags: engine,
  cache_from: { remark: "the engine's own cache is used" },
  cache_to: { remark: "the engine's own cache is used" },
  no_cache: engine,
  pull: engine,
  platforms: engine,
  shm_size: limits,
  provenance: engine,
  sbom: engine,
  network: { refused: 'it could show the build a network of the host', hint: 'Take it out' },
  secrets: NO_HOST,
  ssh: NO_HOST,
  privileged: { refused: 'a privileged build has no walls', hint: 'Take it out' },
  entitlements: WALLS,
  extra_hosts: WALLS,
  ulimits: limits,
  isolation: WALLS,
  additional_contexts: { refused: 'it reads other directories', hint: 'Use one context' },
  dockerfile_inline: { refused: 'it is not read', hint: 'Write it into a file' },
};

export const HEALTH_USES: KeyUses = {
  test: 'used',
  disable: 'used',
  interval: 'used',
  timeout: 'used',
  retries: 'used',
  start_period: 'used',
  start_interval: 'used',
};

export const VOLUME_USES: KeyUses = {
  name: { remark: 'volumes are of one sandbox, whatever they are called' },
  labels: engine,
  driver: { refused: 'volumes are kept by the engine itself', hint: 'Take it out' },
  driver_opts: { refused: 'they could mount a directory of the host', hint: 'Take it out' },
  external: { refused: 'volumes are of one sandbox', hint: 'Take it out' },
};
