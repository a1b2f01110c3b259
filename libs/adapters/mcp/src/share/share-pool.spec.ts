import { shareKey } from './share-key.ts';
import { PoolFull, SharePool } from './share-pool.ts';

const caller = (tenant: string, subject: string) => ({ tenant, issuer: 'https://id', subject });
const key = (tenant: string, subject: string, session: string | null = null) =>
  shareKey('subject', caller(tenant, subject), session);

function pool(max: number, { perTenant = max, perSubject = max } = {}) {
  const time = { now: 0 };
  const ended: string[] = [];
  const lines: string[] = [];
  const endings = { fail: false };
  const made = new SharePool<string>({
    clock: { now: () => 0, monotonic: () => time.now },
    bounds: { max, perTenant, perSubject, idleMs: 1_000 },
    end: async (value) => {
      ended.push(value);
      if (endings.fail) throw new Error('it stays');
    },
    log: (_level, message, fields) => lines.push(`${message}: ${fields?.['error']}`),
  });
  let opened = 0;
  /** A call of this key; ends when `release` is called. */
  function call(of: ReturnType<typeof key>): { value: Promise<string>; release: () => void } {
    let release = (): void => undefined;
    const under = new Promise<void>((resolve) => (release = resolve));
    const value = made.run(
      of,
      () => `v${(opened += 1)}`,
      (current) => under.then(() => current),
    );
    value.catch(() => undefined);
    return { value, release };
  }
  async function once(of: ReturnType<typeof key>): Promise<string> {
    const { value, release } = call(of);
    release();
    return value;
  }
  return { made, time, ended, lines, endings, call, once };
}

describe('who shares', () => {
  it('is never told by joined names', () => {
    const keys = [caller('a', 'b,c'), caller('a,b', 'c'), caller('a","b', 'c')].map(
      (by) => shareKey('subject', by).text,
    );
    expect(new Set(keys).size).toBe(3);
    expect(shareKey('subject', { ...caller('a', 'b'), issuer: 'https://other' }).text).not.toBe(key('a', 'b').text);
  });

  it('is one subject, one tenant, or all', () => {
    const text = (share: 'subject' | 'tenant' | 'all', tenant: string, subject: string) =>
      shareKey(share, caller(tenant, subject)).text;
    expect(text('subject', 'a', 'x')).not.toBe(text('subject', 'a', 'y'));
    expect(text('tenant', 'a', 'x')).toBe(text('tenant', 'a', 'y'));
    expect(text('tenant', 'a', 'x')).not.toBe(text('tenant', 'b', 'x'));
    expect(text('all', 'a', 'x')).toBe(text('all', 'b', 'y'));
  });
});

describe('a pool', () => {
  it('refuses another when all are in use, and ends nothing under a call', async () => {
    const { call, once, ended } = pool(2);
    const [one, two] = [call(key('a', 'x')), call(key('b', 'y'))];
    await expect(call(key('c', 'z')).value).rejects.toBeInstanceOf(PoolFull);
    expect(ended).toEqual([]);
    one.release();
    expect(await one.value).toBe('v1');
    expect(await once(key('c', 'z'))).toBe('v3');
    expect(ended).toEqual(['v1']);
    two.release();
  });

  it('makes room among the tenant’s own before it ends what another tenant keeps', async () => {
    const { once, ended } = pool(3);
    await once(key('small', 'x'));
    for (const subject of ['a', 'b', 'c', 'd', 'e']) await once(key('big', subject));
    expect(ended).toEqual(['v2', 'v3', 'v4']);
    expect(await once(key('small', 'x'))).toBe('v1');
  });

  it('refuses one subject more than it may have, however many sessions it opens, and nobody else', async () => {
    const { call, once, ended } = pool(10, { perSubject: 2 });
    const own = ['1', '2', '3'].map((session) => call(key('a', 'x', session)));
    await expect(own[2]?.value).rejects.toMatchObject({ code: 'pool_full', taken: 'by_subject' });
    expect(await once(key('a', 'y', '4'))).toBe('v3');
    own[0]?.release();
    await own[0]?.value;
    expect(await once(key('a', 'x', '3'))).toBe('v4');
    expect(ended).toEqual(['v1']);
  });

  it('refuses a tenant’s call where its calls use as many as they may; what is idle does not count', async () => {
    const { call, once } = pool(4, { perTenant: 3 });
    for (const subject of ['w', 'x', 'y', 'z']) await once(key('a', subject));
    const calls = ['w', 'x', 'y'].map((subject) => call(key('a', subject)));
    await expect(call(key('a', 'z')).value).rejects.toMatchObject({ taken: 'by_tenant' });
    const again = call(key('a', 'w'));
    expect(await once(key('b', 'x'))).toBe('v5');
    for (const { release } of [...calls, again]) release();
    expect(await again.value).toBe('v1');
  });

  it('ends one of who has the most, and none for a tenant or subject that has more', async () => {
    const { call, once, ended } = pool(4);
    await once(key('small', 'x'));
    const own = ['1', '2'].map((session) => call(key('big', 'x', session)));
    await once(key('big', 'y'));
    await expect(once(key('big', 'x', '3'))).rejects.toMatchObject({ taken: 'by_all' });
    expect(ended).toEqual([]);
    await once(key('big', 'z'));
    await once(key('third', 'x'));
    expect(ended).toEqual(['v4', 'v5']);
    for (const { release } of own) release();
  });

  it('ends what is idle, and not what runs for long', async () => {
    const { made, once, call, time, ended } = pool(5);
    await once(key('a', 'idle'));
    const long = call(key('a', 'long'));
    time.now = 1_000;
    made.sweep();
    expect(ended).toEqual(['v1']);
    long.release();
    await long.value;
    made.sweep();
    expect(ended).toEqual(['v1']);
  });

  it('ends what is retired after its last call; a new call opens another', async () => {
    const { made, once, call, ended } = pool(5);
    const running = call(key('a', 'x'));
    await once(key('b', 'x'));
    await made.retire(({ tenant }) => tenant === 'a');
    expect(ended).toEqual([]);
    expect(await once(key('a', 'x'))).toBe('v3');
    running.release();
    expect(await running.value).toBe('v1');
    expect(ended).toEqual(['v1']);
    expect(await once(key('b', 'x'))).toBe('v2');
  });

  it('ends everything when it is closed', async () => {
    const { made, call, ended } = pool(5);
    call(key('a', 'x'));
    call(key('b', 'x'));
    await made.retire(({ tenant }) => tenant === 'b');
    await made.close();
    expect(ended.sort()).toEqual(['v1', 'v2']);
    expect(made.size).toBe(0);
  });
});

describe('an end that nobody waits for', () => {
  it('is told where it fails, and costs no call its answer', async () => {
    const { made, time, ended, lines, endings, call, once } = pool(1);
    endings.fail = true;
    await once(key('a', 'x'));
    await once(key('b', 'y')); // takes the place of the other
    time.now = 1_000;
    made.sweep();
    const { value, release } = call(key('c', 'z'));
    await made.retire(() => true);
    release();
    expect(await value).toBe('v3');
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual(['v1', 'v2', 'v3']);
    expect(lines).toEqual(Array(3).fill('what nobody uses any more could not be ended: it stays'));
  });
});

it('what is opened while another of its key still has a call stays when that one is ended', async () => {
  const { made, ended, call, once } = pool(2);
  const first = call(key('a', 'x'));
  await made.retire(() => true);
  const second = await once(key('a', 'x'));
  first.release();
  await first.value;
  expect([second, await once(key('a', 'x')), ended]).toEqual(['v2', 'v2', ['v1']]);
});
