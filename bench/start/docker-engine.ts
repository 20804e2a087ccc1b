import { request } from 'node:http';

/** The Docker Engine API on its socket; a refusal throws with its message. */
export type DockerEngine = {
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Makes an image of a tar; gives its id. */
  import(tar: Buffer): Promise<string>;
};

const API = '/v1.41';

/** Undefined where no engine answers. */
export async function dockerEngine(env: NodeJS.ProcessEnv): Promise<DockerEngine | undefined> {
  const socketPath = (env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');
  const send = (method: string, path: string, type: string, body: Buffer | undefined): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': type, 'content-length': body.byteLength };
      const asked = request({ socketPath, method, path: `${API}${path}`, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('error', reject);
        response.once('end', () => {
          if ((response.statusCode ?? 500) < 400) resolve(text);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.trim()}`));
        });
      });
      asked.once('error', reject);
      asked.end(body);
    });
  const reached = await send('GET', '/_ping', '', undefined).then(
    () => true,
    () => false,
  );
  if (!reached) return undefined;
  return {
    async call(method, path, body) {
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const text = await send(method, path, 'application/json', bytes);
      return JSON.parse(text === '' ? 'null' : text);
    },
    async import(tar) {
      const text = await send('POST', '/images/create?fromSrc=-', 'application/x-tar', tar);
      const id = /sha256:[0-9a-f]{64}/.exec(text)?.[0];
      if (id === undefined) throw new Error(`cannot make an image: ${text.trim()}`);
      return id;
    },
  };
}
