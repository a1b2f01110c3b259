import { systemTenant, tool } from '../test/made-definitions.ts';

describe('offers of one upstream that come at once', () => {
  const many = Array.from({ length: 12 }, (_, at) => tool(`tool_${at}`));

  it.each(['pinned', 'trust_on_first_use'] as const)('are taken one after the other: %s', async (how) => {
    const { made, journal } = systemTenant(how);
    const conflicts: string[] = [];
    const { commit } = journal;
    journal.commit = async (asked) => {
      const answer = await commit(asked);
      if (answer.status === 'conflict') conflicts.push(answer.stream);
      return answer;
    };
    await Promise.all([...many, ...many].map(() => made.offer('shop', { tools: many })));
    expect(conflicts).toEqual([]);
    expect(made.list()).toHaveLength(many.length);
  });

  it('leave what was offered last, also where it is more than what is being taken', async () => {
    const { made } = systemTenant('pinned');
    await Promise.all([made.offer('shop', { tools: many.slice(6) }), made.offer('shop', { tools: many })]);
    expect(made.waiting('shop')).toHaveLength(many.length);
  });

  it('and an approval meanwhile do not meet', async () => {
    const { made } = systemTenant('pinned');
    await made.offer('shop', { tools: many });
    const asked = made.list().map(({ upstream, kind, tool: name, offeredDigest }) => {
      const by = { ref: 'sub_x', issuer: 'local' };
      return made.approve({ upstream, kind, tool: name, digest: offeredDigest ?? '', by });
    });
    const changed = made.offer('shop', { tools: many.map((one) => ({ ...one, description: 'Other.' })) });
    expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
    await changed;
    expect(made.list().map(({ state }) => state)).toEqual(many.map(() => 'drifted'));
  });
});

describe('a tool that nobody can approve', () => {
  it('does not wait for a person before its definition or its configuration is another', async () => {
    const { made } = systemTenant('pinned');
    await made.offer('shop', { tools: [tool('get_order'), tool('pay', 'Renamed.')] });
    expect(made.waiting('shop')).toEqual(['get_order']);
    expect(made.unusable()).toMatchObject([{ tool: 'pay', problem: 'resources: /id is not in pay' }]);
    await made.offer('shop', { tools: [tool('get_order'), tool('pay')] });
    expect([made.waiting('shop'), made.unusable()]).toEqual([['get_order', 'pay'], []]);
  });
});
