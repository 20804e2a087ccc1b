import type { contract } from '@cspace/protocol';

/** Where a procedure of the contract is. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/v1/${string}`;
  /** Whether it answers with a stream of events. */
  readonly streams?: true;
};

type Contract = typeof contract;

/**
 * The contract's routes as plain data, so that a client needs neither zod nor the contract at run time: loading them takes
 * longer than most commands do. The test beside this file compares it with the contract.
 */
export const ROUTES = {
  server: {
    health: { method: 'GET', path: '/v1/health' },
    doctor: { method: 'GET', path: '/v1/doctor' },
    stop: { method: 'POST', path: '/v1/stop' },
  },
  projects: {
    open: { method: 'POST', path: '/v1/projects' },
    list: { method: 'GET', path: '/v1/projects' },
  },
  sessions: {
    create: { method: 'POST', path: '/v1/sessions' },
    list: { method: 'GET', path: '/v1/sessions' },
    get: { method: 'GET', path: '/v1/sessions/{sessionId}' },
    status: { method: 'GET', path: '/v1/sessions/{sessionId}/status' },
    events: { method: 'GET', path: '/v1/sessions/{sessionId}/events', streams: true },
    prompt: { method: 'POST', path: '/v1/sessions/{sessionId}/prompts' },
    interrupt: { method: 'POST', path: '/v1/sessions/{sessionId}/interrupt' },
    restart: { method: 'POST', path: '/v1/sessions/{sessionId}/restart' },
    start: { method: 'POST', path: '/v1/sessions/{sessionId}/start' },
    check: { method: 'POST', path: '/v1/sessions/{sessionId}/check' },
    stop: { method: 'POST', path: '/v1/sessions/{sessionId}/stop' },
    remove: { method: 'DELETE', path: '/v1/sessions/{sessionId}' },
    ports: { method: 'GET', path: '/v1/sessions/{sessionId}/ports' },
    services: { method: 'GET', path: '/v1/sessions/{sessionId}/services' },
    serviceLog: { method: 'GET', path: '/v1/sessions/{sessionId}/services/{service}/log' },
    diff: { method: 'GET', path: '/v1/sessions/{sessionId}/diff' },
    answer: { method: 'POST', path: '/v1/sessions/{sessionId}/permissions/{permissionId}' },
    outcome: { method: 'GET', path: '/v1/sessions/{sessionId}/prompts/{promptId}' },
  },
  artifacts: {
    list: { method: 'GET', path: '/v1/sessions/{sessionId}/artifacts' },
  },
  agents: {
    list: { method: 'GET', path: '/v1/agents' },
    install: { method: 'POST', path: '/v1/agents/{name}/install', streams: true },
    login: { method: 'POST', path: '/v1/agents/{provider}/login' },
    logout: { method: 'POST', path: '/v1/agents/{provider}/logout' },
  },
} as const satisfies { [Noun in keyof Contract]: { [Verb in keyof Contract[Noun]]: Route } };
