import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemText } from './config-problems.ts';
import { loadConfig } from './load-config.ts';
import { SecretMissing } from './secret-source.ts';
import { hiddenValues, headerSecrets, missingSecrets } from './secrets.ts';
import { loadUsers } from './users.ts';

describe('the files that a person writes', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }

  async function problemsOf(text: string) {
    const answer = await loadConfig(write('sallyport.yaml', text));
    return answer.ok ? [] : answer.problems;
  }

  async function load(text: string) {
    const answer = await loadConfig(write('sallyport.yaml', text));
    if (!answer.ok) throw new Error(answer.problems.map(problemText).join('\n'));
    return answer.loaded;
  }

  describe('a configuration is refused', () => {
    it('that is not there, with how to write one', async () => {
      const answer = await loadConfig(join(folder, 'absent.yaml'));
      expect(answer).toMatchObject({ ok: false, problems: [{ message: 'there is no such file' }] });
      expect(answer.ok ? '' : answer.problems[0]?.hint).toContain('--config');
    });

    it('that is a folder', async () => {
      expect(await loadConfig(folder)).toMatchObject({ ok: false, problems: [{ file: folder, line: 1 }] });
    });

    it('that is no YAML, at its line', async () => {
      const [problem] = await problemsOf('listen: 127.0.0.1:1\nupstreams: [\n');
      expect(problem).toMatchObject({ hint: 'This is not YAML.' });
      expect(problem?.line).toBeGreaterThan(1);
    });

    it('that has a key twice', async () => {
      const [problem] = await problemsOf('upstreams: { up: { command: [up] } }\nlisten: a\nlisten: b\n');
      expect(problem).toMatchObject({ line: 3, hint: 'This is not YAML.' });
    });

    it('that has a misspelt key, with the one that was meant', async () => {
      const problems = await problemsOf('upstreams:\n  up:\n    comand: [up]\n');
      const misspelt = problems.find(({ message }) => message === 'unknown key "comand" in upstreams.up');
      expect(misspelt?.line).toBe(3);
      expect(misspelt?.hint).toMatch(/^Did you mean "command"\? Allowed here: /);
    });

    it('that has a misspelt key at the top', async () => {
      const [problem] = await problemsOf('upstreams: { up: { command: [up] } }\npolicie: x\n');
      expect(problem?.message).toBe('unknown key "policie" at the top');
      expect(problem?.hint).toContain('Did you mean "policies"?');
    });

    it('that has a value of the wrong kind, at its place', async () => {
      const [problem] = await problemsOf('upstreams: { up: { command: [up] } }\ncall_timeout: 5\n');
      expect(problem).toMatchObject({ line: 2, column: 15 });
      expect(problem?.message).toMatch(/^call_timeout: /);
    });

    it.each([
      ['an upstream', 'max_argument_bytes: 1048577', 'upstreams.up.max_argument_bytes: '],
      ['a tool', 'tools: { x: { max_argument_bytes: 0 } }', 'upstreams.up.tools.x.max_argument_bytes: '],
      [
        'an upstream',
        'max_argument_bytes: 90001',
        'up.max_argument_bytes: is more than max_request_bytes lets through: ',
      ],
      ['a tool', 'tools: { x: { max_argument_bytes: 90001 } }', 'write 90000 or less, or raise max_request_bytes'],
    ])('whose arguments for %s may be larger than anything that takes them: %s', async (_, text, says) => {
      const problems = await problemsOf(`max_request_bytes: 90000\nupstreams: { up: { command: [up], ${text} } }\n`);
      expect(problems[0]?.message).toContain(says);
    });

    it('that names no upstream', async () => {
      expect(await problemsOf('upstreams: {}\n')).toMatchObject([
        { message: 'upstreams: name at least one MCP server' },
      ]);
    });

    it('that is empty', async () => {
      expect(await problemsOf('')).not.toEqual([]);
    });

    it('with all its problems at once', async () => {
      expect((await problemsOf('upstreams: {}\nfoo: 1\nbar: 2\n')).length).toBeGreaterThan(1);
    });
  });

  it('a small max_request_bytes needs nothing said of arguments', async () => {
    const { config } = await load('upstreams: { up: { command: [up] } }\nmax_request_bytes: 1000\n');
    expect(config.max_request_bytes).toBe(1_000);
  });

  it('a configuration is frozen through and through, with where it came from', async () => {
    const loaded = await load('upstreams: { up: { command: [up] } }\ndata: kept\n');
    expect(Object.isFrozen(loaded.config.upstreams['up'])).toBe(true);
    expect([loaded.directory, loaded.data]).toEqual([folder, join(folder, 'kept')]);
    expect(loaded.digest).not.toBe((await load('upstreams: { up: { command: [up] } }\ndata: other\n')).digest);
  });

  describe('how tokens for a server are had', () => {
    const auth = (more: string, rest = '') =>
      problemsOf(
        `upstreams: { up: { url: 'https://up.example/mcp', auth: { client_id: us, ${more.includes('type:') ? '' : 'type: client_credentials, '}${more} }${rest} } }\n`,
      );
    const issuer = 'issuer: https://as.example';
    const provider = (more: string) => `identity_provider: { issuer: https://id.example, client_id: us${more} }`;

    it.each([
      [`${issuer}`, '', 'needs either `client_secret` or `private_key`'],
      [
        `${issuer}, client_secret: { env: A }, private_key: { env: A }`,
        '',
        'has both `client_secret` and `private_key`',
      ],
      [`${issuer}, client_secret: { env: A }, assertion: { env: A }`, '', '`assertion` is for `jwt_bearer`'],
      [`type: jwt_bearer, ${issuer}`, '', '`assertion` is for `jwt_bearer`, which needs it'],
      [`${issuer}, private_key: { env: A }, method: client_secret_post`, '', '`method` is for `client_secret`'],
      ['client_secret: { env: A }', '', 'upstreams.up.auth.issuer'],
      ['issuer: http://as.example, client_secret: { env: A }', '', 'an https:// address'],
      [`${issuer}, client_secret: plain`, '', 'upstreams.up.auth.client_secret'],
      [`${issuer}, client_secret: { env: A }, scope: [a]`, '', 'unknown key "scope" in upstreams.up.auth'],
      [`${issuer}, client_secret: { env: A }, scopes: ['a b']`, '', 'one scope, without blanks'],
      [
        `${issuer}, client_secret: { env: A }`,
        ', headers: { authorization: { env: A } }',
        'there is a header `Authorization`, too: one of them',
      ],
      [
        `${issuer}, type: token_exchange, client_secret: { env: A }`,
        ', share: tenant',
        '`auth` gives each caller a token of their own: `subject` alone',
      ],
      [
        `type: enterprise_managed, ${issuer}, client_secret: { env: A }`,
        '',
        '`identity_provider` is for `enterprise_managed`',
      ],
      [
        `type: token_exchange, ${issuer}, client_secret: { env: A }, ${provider('')}`,
        '',
        '`identity_provider` is for `enterprise_managed`',
      ],
      [
        `type: enterprise_managed, ${issuer}, client_secret: { env: A }, ${provider(', client_secret: { env: A }, private_key: { env: A }')}`,
        '',
        'has both `client_secret` and `private_key`',
      ],
      [
        `type: enterprise_managed, ${issuer}, client_secret: { env: A }, ${provider('')}`,
        ', share: tenant',
        '`auth` gives each caller a token of their own: `subject` alone',
      ],
      [
        `${issuer}, type: authorization_code`,
        ', share: tenant',
        '`auth` gives each caller a token of their own: `subject` alone',
      ],
      [`${issuer}, type: authorization_code`, '', 'nobody could sign in'],
    ])('is refused: %s%s', async (more, rest, says) => {
      const problems = await auth(more, rest);
      expect(problems.map(({ message }) => message).join('\n')).toContain(says);
    });
  });

  describe('a credential', () => {
    const by = (source: string) =>
      load(`upstreams: { up: { url: 'https://up.example/mcp', headers: { Authorization: ${source} } } }\n`);

    it.each([
      [
        'a variable that is not set',
        '{ env: SALLYPORT_NO_SUCH_VARIABLE }',
        'the environment variable SALLYPORT_NO_SUCH_VARIABLE is not set',
      ],
      ['a file that is not there', '{ file: absent.token }', 'absent.token can’t be read'],
    ])('is missing in %s', async (_what, source, says) => {
      const loaded = await by(source);
      const [problem, ...more] = missingSecrets(loaded);
      expect(problem?.message).toBe(`upstreams.up: header Authorization: ${says}`);
      expect([problem?.hint, more]).toEqual(['Set the variable or write the file, then start or reload again.', []]);
    });

    it('is read from its file, without the end of the line', async () => {
      write('up.token', 'Bearer abc\n');
      const loaded = await by('{ file: up.token }');
      expect(missingSecrets(loaded)).toEqual([]);
      const { up } = loaded.config.upstreams;
      expect(up && headerSecrets(up, folder)).toEqual({ Authorization: 'Bearer abc' });
    });

    it('that is missing is thrown with a code', async () => {
      const { up } = (await by('{ file: absent.token }')).config.upstreams;
      expect(() => up && headerSecrets(up, folder)).toThrow(SecretMissing);
    });

    it('of a program is what was chosen for it', async () => {
      const { up } = (await load('upstreams: { up: { command: [up], env: { KEY: abc } } }\n')).config.upstreams;
      expect(up && hiddenValues(up, folder)).toEqual({ KEY: 'abc' });
      expect(up && headerSecrets(up, folder)).toEqual({});
    });
  });

  describe('development users', () => {
    const users = (text: string) => loadUsers(write('users.yaml', text));

    it.each([
      ['are no YAML', 'users: [', /./],
      ['are none', 'users: []', /^users: /],
      ['have a short token', 'users: [{ name: ann, tenant: shop, token: abc }]', /^users\.0\.token: /],
      ['have no tenant', 'users: [{ name: ann, token: abcdef }]', /^users\.0\.tenant: /],
      ['have a key that there is not', 'users: [{ name: ann, tenant: shop, token: abcdef, role: x }]', /role/],
    ])('are refused when they %s', async (_what, text, says) => {
      const answer = await users(text);
      expect(answer.ok ? [] : answer.problems.map(({ message }) => message)).toEqual([expect.stringMatching(says)]);
    });

    it('are refused when their file is not there', async () => {
      expect(await loadUsers(join(folder, 'absent.yaml'))).toMatchObject({ ok: false, problems: [{ line: 1 }] });
    });

    it('are subjects by their names', async () => {
      const answer = await users(`users:
        - { name: ann, tenant: shop, token: abcdef }
        - { name: ben, tenant: shop, scopes: ['orders:write'], token: fedcba }`);
      const named = { tenant: 'shop', roles: [] };
      const ann = { ...named, subject: 'ann', scopes: [], token: 'abcdef' };
      expect(answer).toEqual({
        ok: true,
        users: [ann, { ...named, subject: 'ben', scopes: ['orders:write'], token: 'fedcba' }],
      });
    });
  });
});
