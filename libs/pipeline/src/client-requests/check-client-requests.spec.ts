import { configSchema } from '@sallyport/contracts';
import { checkClientRequests } from './check-client-requests.ts';

const told = (client_requests?: object) =>
  checkClientRequests(
    configSchema.parse({
      upstreams: { shop: { url: 'https://shop.example', ...(client_requests && { client_requests }) } },
    }),
  );

it('says of each upstream what it may ask of clients', () => {
  expect(told()).toMatchObject([{ about: 'client_requests/shop', fires: true, detail: 'may ask clients nothing' }]);
  expect(told({ roots: true })).toMatchObject([
    { detail: 'may ask clients for roots; 5 times a call, 20 times in 60 s, unless a policy forbids it' },
  ]);
  expect(told({ sampling: {}, elicitation: { forms: true, url_hosts: ['a.example'] } })).toMatchObject([
    {
      fires: true,
      detail:
        'may ask clients for sampling of 1024 tokens; forms; pages of a.example; 5 times a call, 20 times in 60 s, unless a policy forbids it',
    },
  ]);
});

it.each([
  ['nothing at all', {}],
  ['no form and no host', { elicitation: {} }],
  ['an address', { elicitation: { url_hosts: ['10.0.0.1'] } }],
  ['a host with its scheme', { elicitation: { url_hosts: ['https://a.example'] } }],
  ['any host', { elicitation: { url_hosts: ['*.example'] } }],
  ['a host without a dot', { elicitation: { url_hosts: ['localhost'] } }],
  ['an unknown key', { roots: true, everything: true }],
])('takes no configuration that grants %s', (_, granted) => expect(() => told(granted)).toThrow());
