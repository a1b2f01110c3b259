import { preparsePolicySet, policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import { canonical, type JsonValue, sha256 } from '@sallyport/base';
import type { AccessRequest } from '@sallyport/contracts';
import { makeFiles, makeParts, OPEN, watching } from '../test/fixture.ts';
import { loadPolicies } from './active-policies.ts';
import { declaredIn } from './declared.ts';
import { recordedPolicies } from './recorded-policies.ts';

describe('the policies of a configuration', () => {
  let files = makeFiles();
  beforeEach(() => (files = makeFiles()));
  afterEach(() => files.remove());

  async function read(...offered: readonly string[]) {
    const { definitions, offer } = makeParts();
    const loaded = await files.load();
    definitions.configure(declaredIn(loaded.config));
    if (offered.length > 0) await offer(...offered);
    const answer = await loadPolicies(loaded, { definitions, observer: watching() });
    return answer.ok ? { active: answer.active, problems: [] } : { active: null, problems: answer.problems };
  }

  it('are in force with the files that they were made from', async () => {
    const { active } = await read();
    expect(active?.files.map(({ text }) => text)).toEqual([OPEN]);
  });

  it('that can’t be read as policies name file and line, and none of them is in force', async () => {
    files.policy(`${OPEN}permit (principal`);
    const { active, problems } = await read();
    expect(active).toBeNull();
    expect(problems[0]).toMatchObject({ line: 2 });
    expect(problems[0]?.file).toMatch(/main\.cedar$/);
  });

  it('may name a tool that is configured and that its upstream does not show, and no other', async () => {
    files.policy(`${OPEN}@id("never") @hard forbid (principal, action == Action::"up/later", resource);\n`);
    files.write({ upstreams: { up: { command: ['up'], share: 'all', tools: { later: {} } } } });
    expect((await read('run')).problems).toEqual([]);
    files.write();
    expect((await read('run')).problems[0]).toMatchObject({ line: 2, message: expect.stringContaining('later') });
  });
});

describe('closures that read a policy otherwise than Cedar', () => {
  const files = makeFiles();
  afterAll(() => files.remove());

  /** Takes the policies away from Cedar alone, by the name under which it keeps them. */
  function makeCedarForget(text: string): void {
    const parsed = policyToJson(text);
    if (parsed.type !== 'success') throw new Error('it parses');
    const json = { ...parsed.json, action: { op: 'All' }, annotations: {} };
    preparsePolicySet(sha256(canonical([['open', json]] as JsonValue)), { staticPolicies: {} });
  }

  it('raise an incident once, and from then on Cedar judges every call, also by policies that are reloaded', async () => {
    const { definitions, offer } = makeParts();
    const loaded = await files.load();
    definitions.configure(declaredIn(loaded.config));
    await offer('run');
    const observer = watching();
    const [tool] = definitions.catalog.all();
    if (!tool) throw new Error('there is one');
    const facts = { bulk: 0, wildcards: [], unbounded: [], bytes: 2, depth: 1, resources: [] };
    const subject = { id: 'ann', issuer: 'test', roles: [] };
    const asked: AccessRequest = { subject, agent: 'a', action: 'tools/call', tool, arguments: {}, facts };
    const judge = async (times: number): Promise<readonly string[]> => {
      const answer = await loadPolicies(loaded, { definitions, observer });
      if (!answer.ok) throw new Error('they compile');
      return Array.from({ length: times }, () => answer.active.policies.authorize(asked).effect);
    };
    expect(tool.effect).not.toBe('read');
    expect(new Set(await judge(100))).toEqual(new Set(['allow']));
    makeCedarForget(OPEN);
    expect((await judge(102)).slice(98)).toEqual(['allow', 'deny', 'deny', 'deny']);
    expect(await judge(2)).toEqual(['deny', 'deny']);
    expect(observer.incidents).toEqual([expect.stringMatching(/^policy_mismatch .*open/)]);
  });
});

describe('the policies of a record', () => {
  const files = makeFiles();
  afterAll(() => files.remove());

  it('say which upstreams have no approved tool, and which tools of the others wait', async () => {
    files.write({
      upstreams: {
        up: { command: ['up'], definitions: 'trust_on_first_use', share: 'all' },
        silent: { command: ['silent'], share: 'all' },
      },
    });
    const loaded = await files.load();
    const { journal } = createMemoryJournal();
    const { definitions, offer } = makeParts(journal);
    definitions.configure(declaredIn(loaded.config));
    await definitions.settle();
    await offer('run');
    await offer('run', 'later');
    const recorded = await recordedPolicies({ ...createMemoryJournal(), journal }, loaded);
    expect(recorded).toMatchObject({ unknown: ['silent'], waiting: ['up/later'] });
    expect(await recorded.check()).toMatchObject({ ok: true });
  });

  it('are not checked against a tool that its configuration does not fit', async () => {
    files.write();
    const before = await files.load();
    const { journal } = createMemoryJournal();
    const { definitions, offer } = makeParts(journal);
    definitions.configure(declaredIn(before.config));
    await definitions.settle();
    await offer('run');
    const tools = { run: { resources: [{ type: 'Order', argument: 'missing' }] } };
    files.write({ upstreams: { up: { command: ['up'], share: 'all', tools } } as never });
    const { check } = await recordedPolicies({ ...createMemoryJournal(), journal }, await files.load());
    const answer = await check();
    expect(answer).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('up/run') }] });
  });

  it('know no upstream of an empty record', async () => {
    files.write();
    const recorded = await recordedPolicies(createMemoryJournal(), await files.load());
    expect(recorded).toMatchObject({ unknown: ['up'], waiting: [] });
  });
});
