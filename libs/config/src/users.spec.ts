import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadUsers } from './users.ts';

describe('the file of development users', () => {
  let file: string;
  beforeEach(() => (file = join(mkdtempSync(join(tmpdir(), 'sallyport-users-')), 'users.yaml')));
  afterEach(() => rmSync(join(file, '..'), { recursive: true }));

  async function told(text: string): Promise<string[]> {
    writeFileSync(file, text);
    const answer = await loadUsers(file);
    return answer.ok ? [] : answer.problems.map(({ line, message }) => `${line} ${message}`);
  }

  const user = (more: string) => `users: [{ name: ann, tenant: shop, token: abcdef, ${more} }]`;

  it.each([
    ['an empty file', '', 'the file: '],
    ['a list at the top', '- name: ann', 'the file: '],
    ['a name that is empty', user("name: ''").replace('name: ann, ', ''), 'users.0.name: '],
    ['a name that is too long', user(`name: ${'a'.repeat(257)}`).replace('name: ann, ', ''), 'users.0.name: '],
    ['a tenant in capitals', user('roles: []').replace('shop', 'Shop'), 'users.0.tenant: a tenant’s id'],
    ['a tenant of our own', user('roles: []').replace('shop', '_system'), 'users.0.tenant: a tenant’s id'],
    ['a role without a name', user("roles: ['']"), 'users.0.roles.0: '],
    ['a scope of two words', user("scopes: ['a b']"), 'users.0.scopes.0: one scope'],
    ['a token that is a number', user('roles: []').replace('abcdef', '123456'), 'users.0.token: '],
  ])('is refused for %s', async (_what, text, says) => {
    const problems = await told(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`1 ${says}`);
  });

  it('that is no YAML is refused at its line, and so is a key that stands twice', async () => {
    expect((await told('users:\n  - name: ann\n    name: bob\n'))[0]).toMatch(/^3 /);
  });

  it('is refused at the line of what is wrong, with the keys that a user may have', async () => {
    const text = 'users:\n  - name: ann\n    tenant: shop\n    token: abcdef\n    rolse: [buyer]\n';
    expect(await told(text)).toEqual(['5 unknown key "rolse" in users.0']);
    const answer = await loadUsers(file);
    expect(answer.ok ? '' : answer.problems[0]?.hint).toBe(
      'Did you mean "roles"? Allowed here: name, tenant, roles, scopes, token.',
    );
    expect(await told('users: []\nusres: []\n')).toContainEqual('2 unknown key "usres" at the top');
  });

  it('that is not there is told with the setting that names it', async () => {
    const answer = await loadUsers(join(file, '..', 'none.yaml'));
    expect(answer).toMatchObject({ ok: false, problems: [{ hint: expect.stringContaining('identity.development') }] });
  });

  it('is refused with all that is wrong, each with what a user has', async () => {
    expect(await told('users: [{ name: ann }, { tenant: shop }]')).toHaveLength(4);
    const answer = await loadUsers(file);
    const hints = answer.ok ? [] : answer.problems.map((problem) => [problem.file, problem.hint]);
    expect(hints).toContainEqual([file, expect.stringContaining('at least 6 characters')]);
  });
});
