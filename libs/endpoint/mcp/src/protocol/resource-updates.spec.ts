import { jest } from '@jest/globals';
import { type Outlet, ResourceUpdates } from './resource-updates.ts';

/** A stream whose client takes what is sent when it is told to. */
function outlet() {
  const sent: string[] = [];
  let free = Promise.withResolvers<void>();
  const stream = (text: string): void => {
    sent.push(JSON.parse(text).params.uri as string);
    free = Promise.withResolvers();
  };
  const made: Outlet = { stream, taken: () => free.promise };
  return { ...made, sent, take: async () => (free.resolve(), void (await jest.advanceTimersByTimeAsync(0))) };
}

const stop = new AbortController();

function kept(updates: ResourceUpdates, uri: string) {
  const subscription = updates.propose(uri);
  subscription.keep();
  return subscription.listener;
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('what a client is subscribed to', () => {
  it('is nothing that was refused, and nothing is told of it', async () => {
    const updates = new ResourceUpdates();
    const stream = outlet();
    updates.tellOn(stream, stop.signal);
    const { listener, drop } = updates.propose('file:///a');
    drop();
    listener.updated();
    await stream.take();
    expect([listener.signal.aborted, updates.size, stream.sent]).toEqual([true, 0, []]);
  });

  it('ends when the client says so, or all of it at once, and what waits is not told then', async () => {
    const updates = new ResourceUpdates();
    const [a, b] = [kept(updates, 'file:///a'), kept(updates, 'file:///b')];
    a.updated();
    updates.end('file:///a');
    expect([a.signal.aborted, b.signal.aborted, updates.size]).toEqual([true, false, 1]);
    updates.endAll();
    const stream = outlet();
    updates.tellOn(stream, stop.signal);
    await stream.take();
    expect([b.signal.aborted, stream.sent]).toEqual([true, []]);
  });

  it('ends with its reason where the subject may not read it any more', () => {
    const ended: string[] = [];
    const updates = new ResourceUpdates({ ended: (uri, why) => void ended.push(`${uri} ${why}`) });
    const listener = kept(updates, 'file:///a');
    listener.ended('Not you.');
    listener.ended('Not you.');
    expect([ended, listener.signal.aborted, updates.size]).toEqual([['file:///a Not you.'], true, 0]);
  });

  it('is told once however often it changes while the client takes nothing', async () => {
    const updates = new ResourceUpdates();
    const stream = outlet();
    updates.tellOn(stream, stop.signal);
    const [a, b] = [kept(updates, 'file:///a'), kept(updates, 'file:///b')];
    for (let time = 0; time < 1_000; time += 1) [a, b].forEach((listener) => listener.updated());
    expect(stream.sent).toEqual([]);
    await stream.take();
    await stream.take();
    await stream.take();
    expect(stream.sent).toEqual(['file:///a', 'file:///b']);
  });

  it('is told on one stream alone, and on the next one where there was none', async () => {
    const updates = new ResourceUpdates();
    const listener = kept(updates, 'file:///a');
    listener.updated();
    const [first, second] = [outlet(), outlet()];
    const gone = new AbortController();
    updates.tellOn(first, gone.signal);
    updates.tellOn(second, stop.signal);
    gone.abort();
    await first.take();
    await second.take();
    expect([...first.sent, ...second.sent]).toEqual(['file:///a']);
  });

  it('ends where no stream is held for long', () => {
    const updates = new ResourceUpdates({ unheardMs: 1_000 });
    const left = new AbortController();
    const listener = kept(updates, 'file:///a');
    jest.advanceTimersByTime(900);
    updates.tellOn(outlet(), left.signal);
    jest.advanceTimersByTime(5_000);
    expect(listener.signal.aborted).toBe(false);
    left.abort();
    jest.advanceTimersByTime(1_000);
    expect([listener.signal.aborted, updates.size]).toEqual([true, 0]);
  });

  it('is one subscription for each resource: the next one takes the place of the one before', () => {
    const updates = new ResourceUpdates();
    const first = kept(updates, 'file:///a');
    const second = kept(updates, 'file:///a');
    expect([first.signal.aborted, second.signal.aborted, updates.size]).toEqual([true, false, 1]);
  });

  it('is looked for at other gateways before it ends, and told there', () => {
    const updates = new ResourceUpdates({ unheardMs: 1_000 });
    const passed: string[] = [];
    updates.passTo({ updated: (uri) => void passed.push(uri), unheard: () => void passed.push('unheard') });
    const listener = kept(updates, 'file:///a');
    listener.updated();
    jest.advanceTimersByTime(1_000);
    updates.heardElsewhere();
    jest.advanceTimersByTime(10_999);
    expect([passed, listener.signal.aborted]).toEqual([['file:///a', 'unheard', 'unheard'], false]);
    jest.advanceTimersByTime(1);
    expect(listener.signal.aborted).toBe(true);
  });
});
