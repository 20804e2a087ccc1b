import { Fault } from '@cspace/domain';

export type ListenOptions = { readonly hostname: string; readonly port: number; readonly token: string };

/**
 * The TCP address of `--listen HOST:PORT` and its token from `CSPACE_TOKEN`; undefined when none is asked for. There is no
 * address without a token, loopback included.
 */
export function listenOptions(argv: readonly string[], env: NodeJS.ProcessEnv): ListenOptions | undefined {
  const at = argv.indexOf('--listen');
  if (at === -1) return undefined;
  const match = /^(?:(\[[0-9a-f:]+\]|[^:]+):)?([0-9]{1,5})$/i.exec(argv[at + 1] ?? '');
  const port = Number(match?.[2]);
  if (match === null || port > 65535) {
    throw new Fault('invalid', `Cannot listen on ${argv[at + 1] ?? 'nothing'}: it is not HOST:PORT`);
  }
  const token = env.CSPACE_TOKEN ?? '';
  if (token.length < 16) {
    throw new Fault('invalid', 'Cannot listen on an address: CSPACE_TOKEN has no token of at least 16 characters', {
      hint: 'export CSPACE_TOKEN=$(openssl rand -hex 32)',
    });
  }
  return { hostname: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port, token };
}
