import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createDocumentFetch } from './document-fetch.ts';
import { createPublicFetch } from './public-fetch.ts';

let server: Server;
let answer: RequestListener;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const read = async () => (await createDocumentFetch(createPublicFetch([url]))(url)).text();

describe('a document of an issuer', () => {
  it('that never ends is given up', async () => {
    let sent = 0;
    const over = new Promise<void>((resolve) => {
      answer = (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20))) sent += 65_536;
        };
        response.on('drain', more).on('close', resolve);
        more();
      };
    });
    await expect(read()).rejects.toMatchObject({ code: 'document_too_large' });
    await over;
    expect(sent).toBeLessThan(16 * 1_048_576); // what the sockets hold
  });

  it('that becomes large when it is unpacked is given up', async () => {
    answer = (_, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(64 * 1_048_576, 0x20)));
    await expect(read()).rejects.toMatchObject({ code: 'document_too_large' });
  });

  it('that leads elsewhere is not followed', async () => {
    answer = (_, response) => response.writeHead(302, { location: url }).end();
    await expect(read()).rejects.toThrow();
  });

  it('is asked for as it is, and read up to 256 KiB', async () => {
    let encoding: unknown;
    answer = (request, response) => {
      encoding = request.headers['accept-encoding'];
      response.end('x'.repeat(262_144));
    };
    expect([(await read()).length, encoding]).toEqual([262_144, 'identity']);
  });
});
