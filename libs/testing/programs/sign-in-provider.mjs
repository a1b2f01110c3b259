import { createServer } from 'node:http';
import Provider from 'oidc-provider';

// oidc-provider as a process of its own, at which every client may register and everybody is `carla` and agrees. Arguments: the
// form of access tokens, `jwt` or `opaque`, the secret of the client `sallyport`, which may ask about them, and the seconds that they
// hold. Prints the issuer as one line. `POST /end` ends all that anybody agreed to; `GET /revoked` tells how often a
// client has had it end something.
const [accessTokenFormat, secret, seconds = '300'] = process.argv.slice(2);
const scope = 'mcp notes:read notes:write';

/** What a client says of itself at the URL that is its id (CIMD); any such URL has this one. */
const described = (client_id) =>
  Response.json({
    ...{ client_id, client_name: 'e2e', application_type: 'native', token_endpoint_auth_method: 'none' },
    ...{ redirect_uris: ['http://127.0.0.1:1/callback'], response_types: ['code'] },
    grant_types: ['authorization_code', 'refresh_token'],
  });

const server = createServer((request, response) => void handle(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: 'sallyport', client_secret: secret, grant_types: [], redirect_uris: [], response_types: [] }],
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  extraTokenClaims: () => ({ org: 'acme', roles: ['staff'] }),
  issueRefreshToken: () => true,
  fetch: async (url, options) =>
    new URL(url).hostname === 'client.example' ? described(String(url)) : fetch(url, options),
  interactions: { url: (_, { uid }) => `/agree/${uid}` },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
    introspection: { enabled: true, allowedPolicy: (_, { clientId }) => clientId === 'sallyport' },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => ({
        audience: resource,
        scope,
        accessTokenFormat,
        accessTokenTTL: Number(seconds),
      }),
    },
  },
});
const callback = provider.callback();
let revoked = 0;
provider.on('grant.revoked', () => revoked++);

async function handle(request, response) {
  if (request.url.startsWith('/agree/')) return agree(request, response);
  if (request.url === '/end') return end(response);
  if (request.url === '/revoked') return response.end(String(revoked));
  if (request.url === '/reg' && request.method === 'POST') request.body = await registration(request);
  return callback(request, response);
}

const grants = [];
async function end(response) {
  for (const grant of grants.splice(0)) await grant.destroy();
  response.end();
}

/** A client registers with the scopes that it knows of, and would get no others: like many, this server takes no notice (RFC 7591 section 2). */
async function registration(request) {
  const metadata = JSON.parse(Buffer.concat(await request.toArray()).toString());
  delete metadata.scope;
  return metadata;
}

async function agree(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'carla', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addResourceScope(params.resource, params.scope);
  const grantId = await grant.save();
  grants.push(grant);
  const result = { login: { accountId: 'carla' }, consent: { grantId } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

process.stdout.write(`${issuer}\n`);
