import { repository } from './repository.ts';

/** A server as projects have them: pages, streams, uploads, redirects, cookies, and a WebSocket that says everything again. */
const SERVER = `
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const serve = (port) => {
  const server = createServer(async (request, response) => {
    switch (new URL(request.url, 'http://x').pathname) {
      case '/who': return response.end(hostname() + ' ' + port + ' ' + request.headers.host);
      case '/head': return response.writeHead(200, { 'content-length': 12345, 'x-own': 'yes' }).end();
      case '/here': return response.writeHead(302, { location: 'http://localhost:' + port + '//who?a=1#b' }).end();
      case '/elsewhere': return response.writeHead(302, { location: 'https://example.invalid/x' }).end();
      case '/cookie': return response.writeHead(200, { 'set-cookie': ['a=1; Domain=localhost; Path=/', 'b=2; HttpOnly'] }).end();
      case '/policy': return response.writeHead(200, { 'referrer-policy': 'no-referrer' }).end();
      case '/big': return response.end(Buffer.alloc(20_000_000, 'x'));
      case '/upload': {
        const hash = createHash('sha256');
        for await (const chunk of request) hash.update(chunk);
        return response.end(hash.digest('hex'));
      }
      case '/events': {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: first\\n\\n');
        request.on('close', () => console.log('closed'));
        globalThis.next = () => response.write('data: second\\n\\n');
        return;
      }
      case '/next': return globalThis.next(), response.end();
      case '/drop': return request.socket.destroy();
      default: return response.writeHead(404).end();
    }
  });
  server.on('upgrade', (request, socket) => {
    const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
    // One short masked text frame at a time.
    socket.on('data', (frame) => {
      const length = frame[1] & 127;
      const text = frame.subarray(6, 6 + length).map((byte, at) => byte ^ frame[2 + (at % 4)]);
      socket.write(Buffer.concat([Buffer.from([129, length]), text]));
    });
    socket.on('error', () => {});
  });
  server.listen(port, '127.0.0.1');
};
serve(3000);
serve(3001);
`;

/** A repository whose sessions each serve on 3000 and 3001; 3000 and 4000 have labels, and nobody listens on 4000. */
export function webProject(parent: string): string {
  return repository(parent, {
    'server.mjs': SERVER,
    '.cspace.json': JSON.stringify({
      sandbox: { ports: { '3000': 'web', '4000': 'docs' } },
      services: { web: { command: 'exec /opt/cspace/bin/node server.mjs', ports: [3000, 3001] } },
    }),
  });
}
