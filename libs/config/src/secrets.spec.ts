import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { configSchema, type HttpUpstreamParts } from '@sallyport/contracts';
import { completeConfigSchema } from '@sallyport/guards';
import { hiddenValues, ownKeyValues, placeholders, webhookOf, withSecrets } from './secrets.ts';

const upstream = (given: object) => {
  const { up } = configSchema.parse({ upstreams: { up: given } }).upstreams;
  if (up === undefined) throw new Error('no upstream');
  return up;
};

describe('credentials in a command line or an address', () => {
  beforeAll(() => void (process.env['TEST_WORD'] = '--key=S3CR3T'));
  beforeAll(() => void (process.env['TEST_ADDRESS'] = 'https://x.example/s/S3CR3T/mcp'));
  afterAll(() => ['TEST_WORD', 'TEST_ADDRESS'].forEach((name) => delete process.env[name]));

  it.each([
    [{ command: ['a', { env: 'TEST_NONE' }] }, 'command, word 2: the environment variable TEST_NONE is not set'],
    [{ url: { env: 'TEST_NONE' } }, 'url: the environment variable TEST_NONE is not set'],
    [{ url: { file: 'none' } }, 'url: none can’t be read'],
    [{ url: { env: 'TEST_WORD' } }, 'url: what it names holds no http:// or https:// address'],
  ])('%j are told without their value', (given, message) => {
    expect(() => withSecrets(upstream(given), '/nowhere')).toThrow(
      expect.objectContaining({ code: 'secret_missing', message }),
    );
  });

  it('stand in their place when it starts, and are kept out of the log', () => {
    const program = upstream({ command: ['a', { env: 'TEST_WORD' }, 'b'] });
    const started = withSecrets(program, '.');
    expect(started).toMatchObject({ command: ['a', '--key=S3CR3T', 'b'] });
    expect(Object.values(hiddenValues(program, '.'))).toEqual(['--key=S3CR3T']);
    const server = upstream({ url: { env: 'TEST_ADDRESS' } });
    const reached = withSecrets(server, '.');
    expect(reached).toMatchObject({ url: 'https://x.example/s/S3CR3T/mcp' });
    expect(Object.values(hiddenValues(server, '.'))).toEqual(['https://x.example/s/S3CR3T/mcp']);
  });
});

describe('values that nobody has written yet', () => {
  const values = { TEST_OPEN: 'Bearer REPLACE-ME', TEST_ASKED: '${input:key}', TEST_SET: 'S3CR3T' };
  beforeAll(() => void Object.assign(process.env, values));
  afterAll(() => Object.keys(values).forEach((name) => delete process.env[name]));
  const at = { env: 'TEST_OPEN' };

  it.each<[object, string[]]>([
    [{ command: ['a', at, { env: 'TEST_SET' }], pass_env: ['TEST_ASKED', 'TEST_OPEN'] }, ['TEST_OPEN', 'TEST_ASKED']],
    [{ command: ['a', 'REPLACE-ME/docs'], env: { ROOT: 'REPLACE-ME' } }, ['command, word 2', 'ROOT']],
    [{ command: ['a'], cwd: 'REPLACE-ME' }, ['cwd']],
    [{ url: at, headers: { 'X-Key': { env: 'TEST_ASKED' } } }, ['TEST_OPEN', 'TEST_ASKED']],
    [{ command: ['a', '${input}', '${HOME}'], pass_env: ['TEST_SET', 'TEST_NONE'], env: { A: 'replace me' } }, []],
    [{ url: 'https://x.example/mcp' }, []],
    [{ command: ['a', { env: 'TEST_NONE' }, 'REPLACE-ME'] }, ['command, word 3']],
    [{ url: { file: 'none' }, headers: { 'X-Key': { env: 'TEST_NONE' }, 'X-Other': at } }, ['TEST_OPEN']],
  ])('of %j are named', (given, names) => expect(placeholders(upstream(given), '/nowhere')).toEqual(names));
});

test('keys of our own are all those that can be had, and no path or short word', () => {
  const values = {
    TEST_KEY: 'key-of-program-1',
    TEST_PATH: '/srv/files/of/the/user',
    TEST_BEARER: 'Bearer k3y',
    TEST_PLAIN: 'production',
    TEST_LONG: 'key-of-header/12',
    TEST_URL: 'https://x.example/k3y-in-path',
    TEST_HOOK: 'https://x.example/k3y-of-hook',
  };
  Object.assign(process.env, values);
  const config = completeConfigSchema.parse({
    upstreams: {
      program: {
        command: ['a', { env: 'TEST_NONE' }, { env: 'TEST_KEY' }, { env: 'TEST_PATH' }, { env: 'TEST_PLAIN' }],
      },
      server: {
        url: 'https://x.example/mcp',
        headers: {
          'X-None': { file: 'none' },
          Authorization: { env: 'TEST_BEARER' },
          'X-Key': { env: 'TEST_LONG' },
          'X-Env': { env: 'TEST_PLAIN' },
        },
      },
      secret: { url: { env: 'TEST_URL' } },
    },
    approvals: { notify: { url: { env: 'TEST_HOOK' }, secret: { env: 'TEST_BEARER' } } },
  });
  const loaded = { config, file: 'x', directory: '/nowhere', data: '/nowhere', digest: 'sha256:x', listen: undefined };
  const found = ownKeyValues(loaded as Parameters<typeof ownKeyValues>[0]);
  Object.keys(values).forEach((name) => delete process.env[name]);
  const ofServers = ['key-of-program-1', 'k3y', 'key-of-header/12', 'https://x.example/k3y-in-path'];
  expect(found).toEqual([...ofServers, 'https://x.example/k3y-of-hook', 'Bearer k3y']);
});

describe('the receiver of questions', () => {
  const key = 'SALLYPORT_TEST_WEBHOOK';
  beforeAll(() => void (process.env[key] = 'https://10.0.0.7/S3CR3T'));
  afterAll(() => void delete process.env[key]);

  const receiver = (notify: object) => {
    const config = completeConfigSchema.parse({
      upstreams: { up: { command: ['up'] } },
      approvals: { notify: { secret: { env: key }, ...notify } },
    });
    return webhookOf({ config, directory: '/nowhere' });
  };
  const privately = 'url: without TLS, or at a private address, only with private: true';

  it.each([
    [{ url: 'http://hooks.example/x' }, privately],
    [{ url: 'https://127.0.0.1/x' }, privately],
    [{ url: 'https://[::1]/x' }, privately],
    [{ url: { env: key } }, privately],
    [{ url: { file: 'none' } }, 'url: none can’t be read'],
    [{ url: 'https://hooks.example/x', secret: { env: 'TEST_NONE' } }, 'secret: the environment variable TEST_NONE is'],
  ])('%j is refused without a value', (notify, message) => {
    expect(() => receiver(notify)).toThrow(message);
    expect(() => receiver(notify)).not.toThrow('S3CR3T');
  });

  it('may be at a private address where the configuration says so', () => {
    const url = 'https://10.0.0.7/S3CR3T';
    expect(receiver({ url: { env: key }, private: true })).toEqual({ url, secret: url, isPrivate: true });
  });

  it('that is not configured is told', () => {
    const config = completeConfigSchema.parse({ upstreams: { up: { command: ['up'] } } });
    expect(() => webhookOf({ config, directory: '/nowhere' })).toThrow('notify: nothing is configured');
  });
});

describe('an OAuth client’s credential', () => {
  const key = (type: 'ec' | 'x25519') =>
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : generateKeyPairSync('x25519').privateKey;
  const pem = key('ec').export({ format: 'pem', type: 'pkcs8' }) as string;
  const values: Record<string, string> = {
    TEST_SECRET: 'S3CR3T-of-ours',
    TEST_PEM: pem,
    TEST_JWK: JSON.stringify({ ...key('ec').export({ format: 'jwk' }), kid: 'k1' }),
    TEST_PUBLIC: createPublicKey(pem).export({ format: 'pem', type: 'spki' }) as string,
    TEST_OTHER: key('x25519').export({ format: 'pem', type: 'pkcs8' }) as string,
  };
  beforeAll(() => void Object.assign(process.env, values));
  afterAll(() => Object.keys(values).forEach((name) => delete process.env[name]));
  const given = (more: object) => ({
    url: 'https://x.example/mcp',
    auth: { type: 'client_credentials', issuer: 'https://as.example', client_id: 'us', ...more },
  });

  it.each(['TEST_PUBLIC', 'TEST_OTHER', 'TEST_SECRET'])('is no private key where that is %s', (env) =>
    expect(() => withSecrets(upstream(given({ private_key: { env } })), '.')).toThrow(
      expect.objectContaining({
        code: 'secret_missing',
        message: expect.stringMatching(/^auth\.private_key: .* no private key/),
      }),
    ),
  );

  it.each([
    ['client_secret', 'TEST_NONE', 'auth.client_secret: the environment variable TEST_NONE is not set'],
    ['private_key', 'TEST_NONE', 'auth.private_key: the environment variable TEST_NONE is not set'],
  ])('is told where it is missing: %s', (name, env, message) =>
    expect(() => withSecrets(upstream(given({ [name]: { env } })), '.')).toThrow(message),
  );

  it('is had at the identity provider, too, is told where it is missing there, and is hidden', () => {
    const one = (source: object) =>
      given({
        type: 'enterprise_managed',
        client_secret: { env: 'TEST_JWK' },
        identity_provider: { issuer: 'https://id.example', client_id: 'us', ...source },
      });
    const ours = upstream(one({ client_secret: { env: 'TEST_SECRET' } }));
    const { auth } = withSecrets(ours, '.') as HttpUpstreamParts;
    const provider = { issuer: 'https://id.example', client_id: 'us', credential: 'S3CR3T-of-ours' };
    expect(auth?.identity_provider).toEqual({ ...provider, subject_token_type: 'access_token' });
    expect(Object.values(hiddenValues(ours, '.'))).toEqual([values['TEST_JWK'], 'S3CR3T-of-ours']);
    const wrong = upstream(one({ private_key: { env: 'TEST_NONE' } }));
    expect(() => withSecrets(wrong, '.')).toThrow('auth.identity_provider.private_key: the environment variable');
  });

  it('is read again for each token, where the platform renews it, and is hidden', () => {
    const one = given({ type: 'jwt_bearer', assertion: { env: 'TEST_SECRET' } });
    const { auth } = withSecrets(upstream(one), '.') as HttpUpstreamParts;
    expect([auth?.credential, auth?.assertion?.()]).toEqual([null, 'S3CR3T-of-ours']);
    expect(Object.values(hiddenValues(upstream(one), '.'))).toEqual(['S3CR3T-of-ours']);
    process.env['TEST_SECRET'] = 'another';
    expect(auth?.assertion?.()).toBe('another');
    delete process.env['TEST_SECRET'];
    expect(() => auth?.assertion?.()).toThrow('auth.assertion: the environment variable TEST_SECRET is not set');
    expect(() => withSecrets(upstream(one), '.')).toThrow('auth.assertion: the environment variable');
    Object.assign(process.env, values);
  });

  it.each([
    ['client_secret', 'TEST_SECRET', 'S3CR3T-of-ours'],
    ['private_key', 'TEST_PEM', { kid: undefined }],
    ['private_key', 'TEST_JWK', { kid: 'k1' }],
  ])('stands in its place when it starts, and is hidden: %s from %s', (name, env, credential) => {
    const one = given({ [name]: { env } });
    expect(withSecrets(upstream(one), '.')).toMatchObject({ auth: { client_id: 'us', credential } });
    expect(Object.values(hiddenValues(upstream(one), '.'))).toEqual([values[env]]);
    const loaded = { config: completeConfigSchema.parse({ upstreams: { one } }), directory: '.', data: '.' };
    expect(ownKeyValues(loaded as Parameters<typeof ownKeyValues>[0])).toContain(values[env]);
  });
});
