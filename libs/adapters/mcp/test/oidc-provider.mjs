import { createServer } from 'node:http';
import Provider from 'oidc-provider';

// oidc-provider as a process of its own. Arguments: the public key (JWK) of the client `private_key_jwt`, and the secret of the
// clients `client_secret_basic` and `client_secret_post`. Access tokens are JWTs for the resource that is named, for five minutes.
// Prints the issuer as one line.
const [jwk, secret] = process.argv.slice(2);

const client = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const clientOf = (method, more) => ({ ...client, client_id: method, token_endpoint_auth_method: method, ...more });

const server = createServer((request, response) => handle(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [
    clientOf('client_secret_basic', { client_secret: secret }),
    clientOf('client_secret_post', { client_secret: secret }),
    clientOf('private_key_jwt', { jwks: { keys: [JSON.parse(jwk)] }, token_endpoint_auth_signing_alg: 'ES256' }),
  ],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  scopes: ['tools'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        audience: resource,
        scope: 'tools',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
      }),
    },
  },
});
const handle = provider.callback();
process.stdout.write(`${issuer}\n`);
