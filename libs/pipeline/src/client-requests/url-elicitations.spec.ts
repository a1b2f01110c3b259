import { type ClientRequestsConfig, configSchema } from '@sallyport/contracts';
import { grantedAddresses } from './url-elicitations.ts';

function grantOf(client_requests: object): ClientRequestsConfig | undefined {
  return configSchema.parse({ upstreams: { shop: { url: 'https://mcp.example.com', client_requests } } as never })
    .upstreams['shop']?.client_requests;
}

const granted = grantOf({ elicitation: { url_hosts: ['pay.example.com'] } });
const asked = (url: string, more = {}) => ({ mode: 'url', elicitationId: 'e1', url, message: 'Sign in', ...more });
const addresses = (
  elicitations: unknown,
  about: { code?: number; granted?: typeof granted | undefined } = { granted },
) =>
  grantedAddresses(
    { code: about.code ?? -32042, data: { elicitations } as never },
    { upstream: 'shop', granted: about.granted },
  ).map(({ url }) => url);

test('an address that an error wants opened is told where its host was granted, and nowhere else', () => {
  const good = asked('https://pay.example.com/start');
  expect(addresses([good])).toEqual(['https://pay.example.com/start']);
  expect(addresses([good], {})).toEqual([]);
  expect(addresses([good], { granted: grantOf({ roots: true }) })).toEqual([]);
  expect(addresses([good], { code: -32000, granted })).toEqual([]);
  expect(addresses([asked('https://evil.example.com/'), asked('http://pay.example.com/'), good])).toHaveLength(1);
  for (const odd of [[asked('https://pay.example.com/', { mode: 'form' })], [null], 'x', undefined, {}])
    expect(addresses(odd)).toEqual([]);
});

test('it is labelled with who sends the user there', () => {
  const data = { elicitations: [asked('https://pay.example.com/start')] };
  const [shown] = grantedAddresses({ code: -32042, data }, { upstream: 'shop', granted });
  expect(shown?.['message']).toContain('shop');
});
