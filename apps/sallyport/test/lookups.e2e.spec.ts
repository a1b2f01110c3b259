import type { JsonObject } from '@sallyport/contracts';
import {
  ANN,
  anyTool,
  BEN,
  callTool,
  launchSallyport,
  makeScratch,
  send,
  serveScripted,
  textResult,
} from '@sallyport/testing/harness';

const POLICY = `
@id("own") permit (principal, action, resource is Doc) when { resource has owner && resource.owner == principal };
`;
const tool = (name: string) => anyTool(name, { inputSchema: { type: 'object', properties: { id: {} } } });
const resolver = (name: string) => ({ tool: name, argument: 'id', owner: '/structuredContent/owner', ttl: '1h' });
const reads = (name: string) => ({
  effect: 'read',
  resources: [{ argument: '/id', type: 'Doc', resolver: resolver(name) }],
});

describe('lookups', () => {
  /** What a resolver answers; null for an answer that never comes. */
  let found: (tool: string, id: unknown) => JsonObject | null = () => ({});
  const held: (() => void)[] = [];

  const served = serveScripted({
    tools: ['draft_owner', 'paper_owner', 'read_draft', 'read_paper'].map(tool),
    behaviour: async ({ tool, args }) => {
      if (!tool.endsWith('_owner')) return textResult('read');
      const structuredContent = found(tool, args['id']);
      if (structuredContent !== null) return { ...textResult('x'), structuredContent };
      await new Promise<void>((resolve) => held.push(resolve));
      return textResult('late');
    },
    policies: { 'docs.cedar': POLICY },
    config: (url) => {
      const tools = {
        ...{ draft_owner: { effect: 'read' }, paper_owner: { effect: 'read' } },
        ...{ read_draft: reads('draft_owner'), read_paper: reads('paper_owner') },
      };
      return {
        upstreams: { docs: { url, definitions: 'trust_on_first_use', tools } },
        resolvers: { in_flight: 4, per_subject: 50 },
      };
    },
  });
  afterEach(() => held.splice(0).forEach((answer) => answer()));

  const read = async (what: string, id: string, { token } = ANN) =>
    (await callTool(served.sallyport, token, [`docs__${what}`, { id }])).meta?.reason;

  it('of one resolver do not answer for another of the same type', async () => {
    found = (name) => ({ owner: name === 'draft_owner' ? 'ben' : 'ann' });
    expect(await read('read_draft', 'd1')).toBe('not_owner');
    expect(await read('read_paper', 'd1')).toBe('allowed');
    expect(await read('read_draft', 'd1')).toBe('not_owner');
  });

  it('that failed are made again by the next call', async () => {
    found = () => ({});
    expect(await read('read_draft', 'd2')).toBe('object_unresolved');
    found = () => ({ owner: 'ann' });
    expect(await read('read_draft', 'd2')).toBe('allowed');
    found = () => ({ owner: 'ben' });
    expect(await read('read_draft', 'd2')).toBe('allowed'); // what was found is kept for its time
  });

  it('of one subject that hang do not take those of another', async () => {
    found = (_, id) => (String(id).startsWith('slow') ? null : { owner: 'ben' });
    const slow = Array.from({ length: 12 }, (_, at) => read('read_draft', `slow${at}`));
    while (held.length === 0) await served.upstream.nextCall();
    for (let at = 0; at < 8; at += 1) expect(await read('read_draft', `quick${at}`, BEN)).toBe('allowed');
    expect(held.length).toBeLessThan(4);
    held.splice(0).forEach((answer) => answer());
    found = () => ({ owner: 'ann' });
    expect(new Set(await Promise.all(slow))).toContain('allowed');
  });

  it('are measured beside the other stages of a call, by names of the configuration alone', async () => {
    found = () => ({ owner: 'ann' });
    expect(await read('read_draft', 'a-private-id')).toBe('allowed');
    const { text } = await send(served.sallyport, { method: 'GET', path: '/metrics' });
    const counts = new Map(
      [...text.matchAll(/^sallyport_(\w+?)(?:_duration_seconds|_commits)_count(\S*) (\d+)$/gm)].map((found) => [
        `${found[1]}${found[2]}`,
        Number(found[3]),
      ]),
    );
    const stages = [
      'guard{guard="authorization"}',
      'lookup{upstream="docs"}',
      'lookup_wait',
      'upstream{upstream="docs"}',
    ];
    for (const stage of [...stages, 'commit', 'commit_size'])
      expect([stage, counts.get(stage)]).toEqual([stage, expect.any(Number)]);
    expect(counts.get('commit')).toBeGreaterThanOrEqual(counts.get('commit_size') ?? Infinity);
    expect(text).toMatch(/^sallyport_commits_waiting 0$/m);
    for (const depth of ['lookups_in_flight', 'lookups_waiting', 'bodies_waiting', 'results_waiting', 'sessions_open'])
      expect(text).toMatch(new RegExp(`^sallyport_${depth} \\d+$`, 'm'));
    for (const depth of ['parked_calls', 'holds_open', 'spool_commits'])
      expect(text).toMatch(new RegExp(`^sallyport_${depth} 0$`, 'm'));
    expect(text).not.toContain('a-private-id');
  });

  it('with shares that can not be had are an error that says what to write', async () => {
    const bad = makeScratch({ config: { upstreams: {}, resolvers: { in_flight: 4, in_flight_per_subject: 5 } } });
    const launched = launchSallyport(bad);
    expect(await launched.ended).not.toMatchObject({ code: 0 });
    bad.remove();
    expect(launched.log()).toContain('write 4 or less, or raise in_flight');
  });
});
