import { createSecretKey } from 'node:crypto';
import { createMemoryCounters, createMemoryJournal } from '@sallyport/adapter-memory';
import {
  type Call,
  type ClientContext,
  configSchema,
  CountersUnavailable,
  type Journal,
  JournalUnavailable,
  type JsonObject,
  type ServerMessage,
} from '@sallyport/contracts';
import { sampleCall } from '@sallyport/testing';
import { createClientRequests } from './client-requests.ts';
import { notAsked } from './reading.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const capabilities = { elicitation: {}, sampling: {}, roots: {} };
const everything = {
  sampling: {},
  elicitation: { forms: true },
  roots: true,
  per_call: 3,
  rate: '4/min',
  max_bytes: 2_000,
};
const form: ServerMessage = {
  method: 'elicitation/create',
  params: {
    message: 'Which very-private branch?',
    requestedSchema: { type: 'object', properties: { a: { type: 'string' } } },
  },
};
const yes = { action: 'accept', content: { a: 'my-private-answer' } };

interface Setup {
  readonly grants?: object | undefined;
  readonly ask?: ClientContext['ask'];
  readonly declared?: JsonObject;
  readonly journal?: (real: Journal) => Journal;
  readonly counters?: ReturnType<typeof createMemoryCounters>;
  readonly call?: Call;
  readonly judge?: Parameters<typeof createClientRequests>[0]['judge'];
}

const theCall = sampleCall({ upstream: 'shop' });
const clock = { now: () => 0, monotonic: () => 0 };

const judgeOf = ({ judge }: Setup) => judge ?? (() => null);

function open(setup: Setup = {}) {
  const memory = createMemoryJournal();
  const { call = theCall } = setup;
  const asked: ServerMessage[] = [];
  const refusals: string[] = [];
  const incident: string[] = [];
  const grants = 'grants' in setup ? setup.grants : everything;
  const config = configSchema.parse({
    upstreams: { shop: { url: 'https://shop.example', ...(grants && { client_requests: grants }) } },
  });
  let next = 0;
  const requests = createClientRequests(
    {
      clock,
      ids: {
        ulid: () => String((next += 1)).padStart(26, '0'),
        random: (bytes) => Buffer.alloc(bytes, 1).toString('base64url'),
      },
      keys: { digestKey: () => key, sealKey: () => key.export() },
      directory: memory.directory,
      journal: (setup.journal ?? ((real) => real))(memory.journal),
      counters: setup.counters ?? createMemoryCounters({ clock }),
      observer: { incident: (what) => void incident.push(what) },
      sanitize: (value) => ({ value, changes: [] }),
      granted: config.upstreams['shop']?.client_requests,
      judge: judgeOf(setup),
      refused: (upstream, method, { reason }) => void refusals.push(`${upstream} ${method} ${reason}`),
    },
    {
      call,
      capabilities: setup.declared ?? capabilities,
      context: { tool: null, what: 'result', reference: call.callId, upstream: 'shop' },
      ask:
        setup.ask === undefined
          ? (message) => {
              asked.push(message);
              return Promise.resolve(yes);
            }
          : setup.ask,
    },
  );
  const events = async (): Promise<{ type: string; data: JsonObject; id: string; text: string }[]> =>
    (await memory.journal.readStream(call.tenant, `call/${call.callId}`)).map(({ bytes }) => {
      const text = Buffer.from(bytes).toString('utf8');
      const { type, data, id } = JSON.parse(text) as { type: string; data: JsonObject; id: string };
      return { type: type.replace('dev.sallyport.client_request.', '').replace('.v1', ''), data, id, text };
    });
  const story = async (): Promise<unknown[]> =>
    (await events()).map(({ type, data }) => [type, data['reason'] ?? data['outcome'], data['count'] ?? data['given']]);
  return { requests, asked, refusals, incident, events, story, vault: memory.vault };
}

const codeOf = (answer: unknown): unknown => (answer as { error?: { code: number } }).error?.code;

describe('a request of an upstream to the client of a call', () => {
  it.each<[string, Setup, ServerMessage]>([
    ['not_granted', { grants: undefined }, form],
    ['not_granted', { grants: { roots: true } }, form],
    ['not_granted', { grants: { elicitation: { forms: true } } }, { method: 'sampling/createMessage', params: {} }],
    ['not_granted', { grants: { elicitation: { forms: true } } }, { method: 'roots/list', params: {} }],
    ['unknown_method', {}, { method: 'tools/call', params: {} }],
    ['unknown_method', {}, { method: 'tasks/get', params: {} }],
    ['client_cannot', { declared: { sampling: {} } }, form],
    ['client_cannot', { ask: null }, form],
    ['too_large', {}, { ...form, params: { ...form.params, more: 'x'.repeat(2_000) } }],
    ['malformed', {}, { ...form, params: {} }],
    ['limits_unavailable', { counters: broken() }, form],
    ['forbidden', { judge: () => notAsked('forbidden', 'no') }, form],
    ['not_granted', { grants: undefined, judge: () => notAsked('forbidden', 'no') }, form],
  ])('is refused, on record and in the log: %s', async (reason, setup, message) => {
    const { requests, asked, story, refusals } = open(setup);
    const answer = await requests.ask(message);
    expect(codeOf(answer)).toEqual(expect.any(Number));
    expect(asked).toEqual([]);
    expect(await story()).toEqual([['decided', reason, 1]]);
    expect(refusals).toEqual([
      `shop ${['tools/call', 'tasks/get'].includes(message.method) ? 'other' : message.method} ${reason}`,
    ]);
  });

  it('says which setting would grant it', async () => {
    const { requests } = open({ grants: undefined });
    expect(await requests.ask(form)).toEqual({
      error: {
        code: -32601,
        message: expect.stringContaining('upstreams.shop.client_requests, elicitation: { forms: true }'),
      },
    });
  });

  it('is on record before the client hears it, and the answer before the upstream does', async () => {
    const seen: unknown[][] = [];
    const setup: ReturnType<typeof open> = open({
      ask: async () => {
        seen.push(await setup.story());
        return yes;
      },
    });
    expect(await setup.requests.ask(form)).toEqual({ result: yes });
    expect(seen).toEqual([[['decided', 'granted', 1]]]);
    expect(await setup.story()).toEqual([
      ['decided', 'granted', 1],
      ['answered', 'accepted', true],
    ]);
  });

  it('is recorded without its words, which are sealed', async () => {
    const { requests, events, vault } = open();
    await requests.ask(form);
    const written = await events();
    expect(written.map(({ text }) => text).join()).not.toMatch(/private/);
    const opened = await Promise.all(written.map(({ id }) => vault.open(theCall.tenant, id)));
    expect(opened.flat().map(({ field, value }) => [field, /very-private|my-private/.exec(value)?.[0]])).toEqual([
      ['client_request', 'very-private'],
      ['client_answer', 'my-private'],
    ]);
  });

  it('does not reach the client where it can not be recorded', async () => {
    const { requests, asked, incident } = open({
      journal: (real) => ({ ...real, commit: () => Promise.reject(gone) }),
    });
    expect(codeOf(await requests.ask(form))).toBe(-32603);
    expect(asked).toEqual([]);
    expect(incident).toEqual(['client_request_failed']);
  });

  it('is not answered where the answer can not be recorded', async () => {
    let commits = 0;
    const journal = (real: Journal): Journal => ({
      ...real,
      commit: (commit) => ((commits += 1) > 1 ? Promise.reject(gone) : real.commit(commit)),
    });
    const { requests, asked } = open({ journal });
    expect(codeOf(await requests.ask(form))).toBe(-32603);
    expect(asked).toHaveLength(1);
  });

  it('is refused even where the refusal can not be recorded', async () => {
    const { requests, incident } = open({
      grants: undefined,
      journal: (real) => ({ ...real, commit: () => Promise.reject(gone) }),
    });
    expect(codeOf(await requests.ask(form))).toBe(-32601);
    expect(incident).toEqual(['audit_unavailable']);
  });

  it.each<[string, unknown, Promise<JsonObject>]>([
    ['refused', -1, Promise.reject(Object.assign(new Error('secret'), { rpcCode: -1 }))],
    ['unanswered', -32603, Promise.reject(new Error('secret'))],
    ['invalid', -32603, Promise.resolve({ action: 'accept', content: { a: 7 } })],
    ['invalid', -32603, Promise.resolve({ action: 'accept', content: { a: 'x'.repeat(2_000) } })],
  ])('without an answer that fits is told a code: %s', async (outcome, code, said) => {
    const { requests, story } = open({ ask: () => said });
    const answer = await requests.ask(form);
    expect(codeOf(answer)).toBe(code);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect((await story()).at(-1)).toEqual(['answered', outcome, false]);
  });
});

describe('limits', () => {
  it('bound the requests of one call, and repeated refusals are one event with their count', async () => {
    const { requests, asked, story } = open();
    for (let times = 0; times < 10; times += 1) await requests.ask(form);
    expect(asked).toHaveLength(3);
    await requests.close();
    expect((await story()).slice(6)).toEqual([
      ['decided', 'too_many', 1],
      ['decided', 'too_many', 6],
    ]);
  });

  it('bound what reaches one person over calls, and leave others alone', async () => {
    const counters = createMemoryCounters({ clock });
    const answers: unknown[] = [];
    for (const [callId, id] of ['alice', 'alice', 'alice', 'alice', 'alice', 'bob'].entries()) {
      const call = sampleCall({ callId: `${callId}`, upstream: 'shop', subject: { ...theCall.subject, id } });
      answers.push(codeOf(await open({ counters, call }).requests.ask(form)));
    }
    expect(answers).toEqual([undefined, undefined, undefined, undefined, -32603, undefined]);
  });
});

describe('a call that is over', () => {
  it('has no more questions asked', async () => {
    const { requests, asked } = open();
    await requests.close();
    expect(codeOf(await requests.ask(form))).toBe(-32603);
    expect(asked).toEqual([]);
  });

  it('gives up what still waits for its client, and a late answer goes nowhere', async () => {
    let answer: (given: JsonObject) => void = () => undefined;
    let given: AbortSignal | undefined;
    const started = Promise.withResolvers<void>();
    const { requests, story } = open({
      ask: (_message, signal) => {
        given = signal;
        started.resolve();
        return new Promise((resolve) => (answer = resolve));
      },
    });
    const waiting = requests.ask(form);
    await started.promise;
    await requests.close();
    answer(yes);
    expect(codeOf(await waiting)).toBe(-32603);
    expect(given?.aborted).toBe(true);
    expect(await story()).toEqual([
      ['decided', 'granted', 1],
      ['answered', 'unanswered', false],
    ]);
  });
});

const gone = new JournalUnavailable('disk full');

function broken(): ReturnType<typeof createMemoryCounters> {
  const counters = createMemoryCounters({ clock });
  return {
    ...counters,
    reserve() {
      throw new CountersUnavailable('away');
    },
  };
}
