import { randomBytes } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { JsonObject, Principal } from '@sallyport/contracts';
import { clientCapabilities } from './client-capabilities.ts';
import { nameOf } from './request-era.ts';
import { createSessions, type NewSession } from './sessions.ts';
import { people } from '../testing/fake-gateway.ts';

const { alice, bob, mallory } = people as Record<'alice' | 'bob' | 'mallory', Principal>;
const forShop: Principal = { ...alice, resource: 'https://tools.example/mcp/shop' };
const keyed = (seed: string) => ({
  digestKey: () => createSecretKey(Buffer.alloc(32)),
  sealKey: (tenant: string) => Buffer.alloc(32, `${seed}${tenant}`),
});
const ids = { ulid: () => '', random: (bytes: number) => randomBytes(bytes).toString('base64url') };
/** A gateway; `seed` stands for the instance that it is of. */
const gateway = (seed = '', remembered = 10) => createSessions({ ids, keys: keyed(seed) }, { remembered });
const client = (principal: Principal, more: Partial<NewSession> = {}): NewSession => ({
  version: '2025-06-18',
  principal,
  clientName: 'inspector',
  capabilities: { elicitation: { form: {} } },
  ...more,
});

describe('the id of a session', () => {
  const opened = gateway().open(client(alice));
  const sealed = opened.sealed ?? '';

  it.each<[string, Principal]>([
    ['another subject', bob],
    ['another tenant', mallory],
    ['the same subject of another issuer', { ...alice, subject: { ...alice.subject, issuer: 'https://id.example' } }],
    ['the same subject of another tenant', { ...alice, tenant: 'evil' }],
    ['the same subject with a token for one endpoint alone', forShop],
  ])('finds nothing for %s, at the gateway that made it or another', (_, other) => {
    const made = gateway();
    const own = made.open(client(alice)).sealed ?? '';
    expect([made.find(own, other), gateway().find(own, other)]).toEqual([undefined, undefined]);
    expect(made.find(own, alice)).toBeDefined();
  });

  it.each([
    ['with a letter changed', `${sealed.slice(0, 40)}${sealed[40] === 'A' ? 'B' : 'A'}${sealed.slice(41)}`],
    ['that is cut', sealed.slice(0, -4)],
    ['that is longer than any', `${sealed}${'A'.repeat(5_000)}`],
    ['that is made up', 'undefined'],
    ['that is empty', ''],
  ])('finds nothing where it is one %s', (_, id) => {
    expect(gateway().find(id, alice)).toBeUndefined();
  });

  it('finds nothing at another instance', () => {
    expect(gateway('other').find(sealed, alice)).toBeUndefined();
  });

  it('opens at every gateway of the instance, also after a restart, with all that is to be known of the client', () => {
    const { id, version, clientName, capabilities } = gateway().find(sealed, { ...alice, expiresAt: 1_000 }) ?? {};
    expect({ id, version, clientName, capabilities }).toEqual({
      id: opened.id,
      version: '2025-06-18',
      clientName: 'inspector',
      capabilities: { elicitation: { form: {} } },
    });
  });

  it('is given where the client can be asked, or may send batches, or where no token says its name', () => {
    const vouched: Principal = { ...alice, client: 'app' };
    const idOf = (session: NewSession) => gateway().open(session).sealed;
    expect(idOf(client(vouched, { capabilities: {} }))).toBeNull();
    expect(idOf(client(alice, { capabilities: {}, clientName: null }))).toBeNull();
    expect(idOf(client(vouched))).not.toBeNull();
    expect(idOf(client(vouched, { capabilities: {}, version: '2025-03-26' }))).not.toBeNull();
    expect(idOf(client(alice, { capabilities: {} }))).not.toBeNull();
  });

  it('fits into a header whatever a client declares, and opens', () => {
    const large: JsonObject = { note: 'ü'.repeat(200) };
    const capabilities = clientCapabilities({ elicitation: large, sampling: large, roots: large });
    const subject = { ...alice.subject, id: 'x'.repeat(2_000) };
    const session = client({ ...alice, subject }, { capabilities, clientName: nameOf({ name: 'n'.repeat(999) }) });
    const id = gateway().open(session).sealed ?? '';
    expect(id.length).toBeLessThan(4_096);
    expect(gateway().find(id, session.principal)?.capabilities).toEqual(capabilities);
  });
});

describe('sessions', () => {
  it('are as many as clients open: none ends for another, and nothing that runs in one', () => {
    const sessions = gateway('', 3);
    const [works, rests] = [sessions.open(client(alice)), sessions.open(client(alice))];
    const controller = new AbortController();
    works.running.enter(1, controller);
    for (let i = 0; i < 100; i++) sessions.open(client(alice));
    expect(sessions.find(works.sealed ?? '', alice)).toBe(works);
    expect(sessions.find(rests.sealed ?? '', alice)).toMatchObject({ id: rests.id });
    expect(controller.signal.aborted).toBe(false);
  });

  it('are named by other gateways as those of their own holder alone', () => {
    const sessions = gateway();
    const session = sessions.open(client(alice));
    const { holder } = sessions.open(client(bob));
    expect(sessions.held(session)).toBe(session);
    expect(sessions.held({ ...session, holder })).toBeUndefined();
  });

  it('end with what runs in them', () => {
    const ended: string[] = [];
    const sessions = createSessions({ ids, keys: keyed('') }, { ended: (id) => ended.push(id) });
    const session = sessions.open(client(alice));
    const controller = new AbortController();
    session.running.enter(1, controller);
    sessions.over(session);
    expect([ended, controller.signal.aborted]).toEqual([[session.id], true]);
    expect(sessions.find(session.sealed ?? '', alice)).toBeUndefined();
  });

  it('without an id are one for each subject, and a cancellation there counts only where it can mean one request', () => {
    const sessions = gateway();
    const shared = sessions.find(undefined, alice);
    const [first, second, other] = [new AbortController(), new AbortController(), new AbortController()];
    expect([shared?.running.enter(1, first), shared?.running.enter(1, second)]).toEqual([true, true]);
    sessions.find(undefined, bob)?.running.enter(1, other);
    shared?.running.cancel(1);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([false, false]);
    shared?.running.leave(1, second);
    sessions.find(undefined, alice)?.running.cancel(1);
    expect([first, second, other].map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  });

  it('without an id are apart for a token for one endpoint alone, which can cancel nothing elsewhere', () => {
    const sessions = gateway();
    const [all, shop] = [new AbortController(), new AbortController()];
    sessions.find(undefined, alice)?.running.enter(1, all);
    sessions.find(undefined, forShop)?.running.enter(1, shop);
    sessions.find(undefined, { ...forShop, resource: 'https://tools.example/mcp/bank' })?.running.cancel(1);
    expect([all, shop].map(({ signal }) => signal.aborted)).toEqual([false, false]);
    sessions.find(undefined, { ...forShop })?.running.cancel(1);
    expect([all, shop].map(({ signal }) => signal.aborted)).toEqual([false, true]);
  });

  it('keep nothing of what a client says at length of itself', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    gc();
    const before = process.memoryUsage().heapUsed;
    const names = Array.from({ length: 100 }, () =>
      nameOf({ name: JSON.parse(`"${'x'.repeat(1_048_576)}"`) as string }),
    );
    gc();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 1_048_576);
    expect(names.map((name) => name?.length)).toEqual(Array.from({ length: 100 }, () => 128));
  });
});
