import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPublicFetch, type Lookup } from './public-fetch.ts';

let server: Server;
let port: number;
let asked = 0;
beforeEach(async () => {
  asked = 0;
  server = createServer((_, response) => {
    asked += 1;
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Every name leads to these addresses, one answer after the other. */
const leadingTo = (...answers: readonly string[][]): Lookup => {
  let at = 0;
  return (_, __, answer) => {
    const addresses = answers[Math.min(at++, answers.length - 1)] ?? [];
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
};
const why = (fetching: Promise<unknown>): Promise<string> =>
  fetching.then(
    () => 'fetched',
    (error: Error & { cause?: Error }) => `${error.message} ${error.cause?.message ?? ''}`,
  );

describe('what is not public is not fetched', () => {
  it.each([
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    'a.internal',
  ])('at the host %s', async (host) => {
    const fetch = createPublicFetch([]);
    expect(await why(fetch(`http://${host}:${port}/keys`))).toContain('tenants.private_issuers');
    expect(asked).toBe(0);
  });

  it.each([[['127.0.0.1']], [['8.8.8.8', '127.0.0.1']], [['::ffff:7f00:1']], [[]]])(
    'behind a name that leads to %j',
    async (addresses) => {
      const fetch = createPublicFetch([], { lookup: leadingTo(addresses) });
      expect(await why(fetch(`http://login.example:${port}/keys`))).toContain('tenants.private_issuers');
      expect(asked).toBe(0);
    },
  );

  it('at another port or scheme of what the operator names', async () => {
    const fetch = createPublicFetch([`http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`]);
    expect(await why(fetch(`http://127.0.0.1:${port}`))).toContain('tenants.private_issuers');
  });
});

it('what the operator names is', async () => {
  const fetch = createPublicFetch([`http://127.0.0.1:${port}/issuer`]);
  expect((await fetch(`http://127.0.0.1:${port}/keys`)).status).toBe(200);
  expect(asked).toBe(1);
});

test('a proxy leads to no host that is private by its own words', async () => {
  const proxies = { httpProxy: `http://127.0.0.1:${port}`, httpsProxy: '', noProxy: '' };
  const fetch = createPublicFetch([], { proxies });
  await expect(fetch('http://10.0.0.1/')).rejects.toMatchObject({ code: 'private_address' });
});
