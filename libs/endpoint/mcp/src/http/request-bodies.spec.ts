import { configSchema } from '@sallyport/contracts';
import { createByteBudget } from './byte-budget.ts';
import { createRequestBodies } from './request-bodies.ts';
import { FakeGateway, fakeOptions, people } from '../testing/fake-gateway.ts';

const KiB = 1_024;
const { alice, bob, mallory } = people as Record<'alice' | 'bob' | 'mallory', NonNullable<(typeof people)[string]>>;

describe('a budget of bytes', () => {
  it('has no room beyond what one subject, and all together, may hold, until some is free', () => {
    const budget = createByteBudget({ own: 100, all: 150 });
    budget.count('a', 60);
    expect([budget.lacks('a', 41), budget.lacks('a', 40)]).toEqual(['own', null]);
    budget.count('a', 40);
    expect([budget.lacks('b', 51), budget.lacks('b', 50)]).toEqual(['all', null]);
    budget.count('a', -100);
    budget.count('b', 100);
    expect([budget.lacks('a', 50), budget.lacks('a', 51), budget.lacks('b', 1)]).toEqual([null, 'all', 'own']);
  });
});

describe('the body of a request', () => {
  function build(limits: { attempts?: number; requests?: number } = {}) {
    const gateway = new FakeGateway();
    gateway.wait = limits.attempts ?? 0;
    const http = { body_bytes_per_subject: 2_200_000 };
    const config = configSchema.parse({ upstreams: {}, http });
    const charged: number[] = [];
    const charge = (_: unknown, count: number) => (charged.push(count), limits.requests ?? 0);
    return { bodies: createRequestBodies({ ...fakeOptions(gateway), config }, charge), gateway, charged };
  }

  it('is not read where it is large and the attempts are spent; a small one is', () => {
    const claim = build({ attempts: 5_000 }).bodies.claim(alice);
    expect(claim.admit(4 * KiB)).toBeNull();
    expect(claim.admit(4 * KiB + 1)).toEqual({ setting: 'floods.attempts', waitMs: 5_000 });
  });

  it('counts as a request more for each 64 KiB, once, however it arrives', () => {
    const { bodies, charged } = build();
    const claim = bodies.claim(alice);
    for (const size of [0, 4, 5, 64, 65, 128, 129, 1_024]) expect(claim.admit(size * KiB)).toBeNull();
    expect(charged).toEqual([1, 1, 13]);
    expect(
      build({ requests: 70 })
        .bodies.claim(alice)
        .admit(1_024 * KiB),
    ).toEqual({
      setting: 'floods.requests',
      waitMs: 70,
    });
  });

  it('names the setting that has no room, and what was freed can be held again', () => {
    const { bodies } = build();
    const [one, other] = [bodies.claim(alice), bodies.claim(alice)];
    expect([one.hold(2_000_000), other.hold(300_000)]).toEqual([
      null,
      { setting: 'http.body_bytes_per_subject', waitMs: 1_000 },
    ]);
    expect(bodies.claim(bob).hold(300_000)).toBeNull();
    one.free();
    one.free();
    expect([other.hold(2_200_000), other.hold(1)]).toMatchObject([null, { setting: 'http.body_bytes_per_subject' }]);
  });

  it('has its turn after another large one of its subject, and beside those of others and small ones', async () => {
    const { bodies } = build();
    const order: string[] = [];
    const turn = async (who: typeof alice, name: string, size = 8 * KiB + 1) => {
      const done = await bodies.turn(who, size);
      order.push(name);
      return done as () => void;
    };
    const done = await turn(alice, 'first');
    const second = turn(alice, 'second');
    await turn(bob, 'another’s');
    await turn(mallory, 'another tenant’s');
    await turn(alice, 'small', 8 * KiB);
    await new Promise((resolve) => setImmediate(resolve));
    done();
    await second;
    expect(order).toEqual(['first', 'another’s', 'another tenant’s', 'small', 'second']);
  });

  it('is not parsed where those before it have spent the attempts', async () => {
    const { bodies, gateway } = build();
    const first = (await bodies.turn(alice, 9 * KiB)) as () => void;
    const second = bodies.turn(alice, 9 * KiB);
    gateway.wait = 2_000;
    first();
    expect(await second).toEqual({ setting: 'floods.attempts', waitMs: 2_000 });
  });
});
