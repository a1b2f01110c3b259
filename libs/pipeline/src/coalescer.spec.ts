import { createMemoryJournal } from '@sallyport/adapter-memory';
import { type Decision, type Envelope, targetFact } from '@sallyport/contracts';
import { noFacts, sampleCall, sampleEnvelope } from '@sallyport/testing';
import { createCoalescer } from './coalescer.ts';

const deny: Decision = { effect: 'deny', reason: 'not_permitted', guard: 'authorization', advice: '' };

async function namesIn(changes: Partial<Envelope>) {
  const { journal, directory } = createMemoryJournal();
  let next = 0;
  const ids = { ulid: () => String((next += 1)).padStart(26, '0'), random: (bytes: number) => 'x'.repeat(bytes) };
  const clock = { now: () => 1_000, monotonic: () => 0 };
  const observer = { decided: () => undefined, finished: () => undefined, incident: () => undefined };
  const coalescer = createCoalescer({ journal, directory, ids, clock, observer, budget: () => false });
  coalescer.takes(sampleEnvelope(changes), deny);
  await coalescer.close();
  const [event] = await journal.readAll(sampleCall().tenant, { after: 0, limit: 10 });
  const { data } = JSON.parse(Buffer.from(event?.bytes ?? '').toString()) as { data: object };
  return data;
}

describe('the names in a count of refusals', () => {
  const target = { kind: 'resource', name: 'file:///a' } as const;
  const read = { ...sampleCall(), action: 'resources/read' as const, target, definition: null };

  it('are none of what the client made up', async () => {
    const prompt = { ...read, target: { kind: 'prompt', name: 'made up' } } as const;
    const unnamed = { upstream: '_unnamed', tool: '_unnamed' };
    expect(await namesIn({ call: prompt })).toMatchObject(unnamed);
    expect(await namesIn({ call: read, facts: noFacts })).toMatchObject(unnamed);
  });

  it('say whose resources were refused, of an upstream that offers any', async () => {
    const fact = targetFact('orders', target);
    const facts = { ...noFacts, resources: fact === null ? [] : [fact] };
    expect(await namesIn({ call: read, facts })).toMatchObject({ upstream: 'orders', tool: 'resource:*' });
  });
});
