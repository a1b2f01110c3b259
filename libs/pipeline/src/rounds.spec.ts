import {
  type Answer,
  type CallRequest,
  type ClientContext,
  JournalUnavailable,
  type JsonObject,
  type Outcome,
  type ServerMessage,
  toolTarget,
} from '@sallyport/contracts';
import {
  asks,
  build,
  done,
  type Fixture,
  form,
  modern,
  request,
  suspendedIn,
  textOf,
  yes,
} from '../test/two-gateways.ts';
import { runCall, continueCall } from './run-call.ts';

const sampling: ServerMessage = { method: 'sampling/createMessage', params: { messages: [] } };

describe('what an upstream asks in its answer', () => {
  it.each<[string, Fixture, Partial<CallRequest>, Partial<ClientContext>, string, string]>([
    ['not_granted', { outcomes: [asks({ a: form() })], grants: undefined }, {}, {}, 'forms: true', 'elicitation'],
    ['not_granted', { outcomes: [asks({ a: form(), b: sampling })] }, {}, {}, 'sampling: {}', 'one of two'],
    ['unknown_method', { outcomes: [asks({ a: { method: 'tools/call', params: {} } })] }, {}, {}, '', 'a call'],
    ['client_cannot', { outcomes: [asks({ a: form() })] }, { capabilities: {} }, {}, 'did not declare', 'undeclared'],
    ['client_cannot', { outcomes: [asks({ a: form() })] }, {}, { comesBack: false }, '', 'a client without a stream'],
    ['asks_for_credential', { outcomes: [asks({ a: form('Your password?') })] }, {}, {}, 'Passwords', 'a password'],
  ])('ends the call where it is refused, and the client hears of nothing: %s', async (...row) => {
    const [reason, fixture, change, around, says] = row;
    const { one, sent, story, ended } = build(fixture);
    const answer = await runCall(one, { ...request, ...change }, { ...modern, ...around });
    expect(textOf(answer)).toMatch(/^orders asked something of the client .*The call may have run\. Do not repeat it/);
    expect(textOf(answer)).toContain(says);
    expect(sent).toEqual([undefined]);
    expect(await story()).toEqual([
      'call.decided allowed',
      `client_request.decided ${reason}`,
      'call.failed upstream_asked',
    ]);
    expect(ended).toHaveLength(1);
  });

  it('ends a call of a kind that is never answered so', async () => {
    const { one, sent, story } = build({ outcomes: [asks({ a: form() }, 'state')] });
    const answer = await runCall(one, { ...request, action: 'completion/complete' }, modern);
    expect(textOf(answer)).toContain('asked something of the client');
    expect(sent).toEqual([undefined]);
    expect(await story()).toEqual(['call.decided allowed', 'call.failed upstream_asked']);
  });

  it('is put before the client once it is on record, and goes on with the answer by the same decision', async () => {
    const { one, sent, story, ended } = build({ outcomes: [asks({ branch: form() }, 'their-state'), done] });
    const first = await runCall(one, request, modern);
    expect(first).toMatchObject({
      kind: 'input_required',
      requests: { branch: { method: 'elicitation/create', params: { mode: 'form' } } },
    });
    expect(JSON.stringify(first)).toContain('orders asks you');
    expect(await story()).toEqual(['call.decided allowed', 'client_request.decided granted']);
    expect(ended).toEqual([]);
    const responses = { branch: { ...yes, _meta: { home: '/root' } }, other: yes };
    const last = await continueCall(one, { request, suspended: suspendedIn(first), responses }, modern);
    expect(last?.kind).toBe('result');
    expect(sent).toEqual([undefined, { responses: { branch: yes }, state: 'their-state' }]);
    expect(await story()).toEqual([
      'call.decided allowed',
      'client_request.decided granted',
      'client_request.answered accepted',
      'call.completed',
    ]);
  });

  it('goes on at any gateway, once', async () => {
    const { one, other, sent, story } = build({ outcomes: [asks({ branch: form() }), done] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const back = { request, suspended, responses: { branch: yes } };
    expect((await continueCall(other, back, modern))?.kind).toBe('result');
    const recorded = await story();
    for (const gateway of [one, other]) expect(await continueCall(gateway, back, modern)).toBeNull();
    expect(sent).toHaveLength(2);
    expect(await story()).toEqual(recorded);
  });

  it.each<[string, Partial<CallRequest>]>([
    ['other arguments', { arguments: { order_id: '2' } }],
    ['another tool', { target: toolTarget('delete') }],
    ['another subject', { principal: { ...request.principal, subject: { ...request.principal.subject, id: 'bob' } } }],
  ])('does not go on with %s', async (_, change) => {
    const { one, sent } = build({ outcomes: [asks({ branch: form() }), done] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const back = { request: { ...request, ...change }, suspended, responses: { branch: yes } };
    expect(await continueCall(one, back, modern)).toBeNull();
    expect(await continueCall(one, { ...back, request, suspended: { callId: 'x' } }, modern)).toBeNull();
    expect(sent).toHaveLength(1);
  });

  it('does not go on with another definition than the one that was judged', async () => {
    const { one, sent } = build({ outcomes: [asks({ branch: form() }), done] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const other = { ...suspended, definition: `sha256:${'B'.repeat(43)}` };
    expect(await continueCall(one, { request, suspended: other, responses: { branch: yes } }, modern)).toBeNull();
    expect(sent).toHaveLength(1);
  });

  it('goes on at all after that, where the client had it wrong at first', async () => {
    const { one } = build({ outcomes: [asks({ branch: form() }), done] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const wrong = { request: { ...request, target: toolTarget('delete') }, suspended, responses: {} };
    expect(await continueCall(one, wrong, modern)).toBeNull();
    const right = { request, suspended, responses: { branch: yes } };
    expect((await continueCall(one, right, modern))?.kind).toBe('result');
  });

  it('does not go on with what was switched off in between, then or later', async () => {
    const { one, other, sent, thrown, story } = build({ outcomes: [asks({ branch: form() }), done] });
    const back = { request, suspended: suspendedIn(await runCall(one, request, modern)), responses: { branch: yes } };
    thrown.opinion = { effect: 'deny', reason: 'tool_switched_off', advice: 'This tool is switched off.' };
    expect(textOf(await continueCall(one, back, modern))).toContain('This tool is switched off.');
    thrown.opinion = { effect: 'pass' };
    expect(await continueCall(other, back, modern)).toBeNull();
    expect(sent).toHaveLength(1);
    expect((await story()).slice(-2)).toEqual(['client_request.answered accepted', 'call.failed upstream_asked']);
  });

  it('may have run where its upstream is gone when its client comes back', async () => {
    const { one, sent, story } = build({ outcomes: [asks({ branch: form() }), done] });
    const back = { request, suspended: suspendedIn(await runCall(one, request, modern)), responses: { branch: yes } };
    expect(textOf(await continueCall({ ...one, upstreams: new Map() }, back, modern))).toContain('may have run');
    expect(sent).toHaveLength(1);
    expect((await story()).at(-1)).toBe('call.failed outcome_unknown');
  });

  it('does not go on when its time is over, and says so', async () => {
    const { one, sent, time } = build({ outcomes: [asks({ branch: form() }), done] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    time.now += 60_001;
    const answer = await continueCall(one, { request, suspended, responses: { branch: yes } }, modern);
    expect(textOf(answer)).toContain('call_timeout');
    expect(sent).toHaveLength(1);
  });

  it('does not go on with an answer that can not be recorded', async () => {
    let down = false;
    const { one, sent } = build({
      outcomes: [asks({ branch: form() }), done],
      journal: (real) => ({
        ...real,
        commit: (commit) => (down ? Promise.reject(new JournalUnavailable('gone')) : real.commit(commit)),
      }),
    });
    const suspended = suspendedIn(await runCall(one, request, modern));
    down = true;
    const answer = await continueCall(one, { request, suspended, responses: { branch: yes } }, modern);
    expect(textOf(answer)).toContain('could not be recorded');
    expect(sent).toHaveLength(1);
  });

  it('is not shown where that can not be recorded', async () => {
    const { one, sent } = build({
      outcomes: [asks({ branch: form() })],
      journal: (real) => ({
        ...real,
        commit: (commit) =>
          commit.commandId.startsWith('asked/') ? Promise.reject(new JournalUnavailable('gone')) : real.commit(commit),
      }),
    });
    expect((await runCall(one, request, modern)).kind).toBe('refused');
    expect(sent).toHaveLength(1);
  });

  it('goes on in rounds, and not without end', async () => {
    const { one, sent, story } = build({ outcomes: [asks({ branch: form() }, 'again')] });
    let answer: Answer | null = await runCall(one, request, modern);
    let rounds = 0;
    for (; answer?.kind === 'input_required'; rounds += 1) {
      const back = { request, suspended: suspendedIn(answer), responses: { branch: yes } };
      answer = await continueCall(one, back, modern);
    }
    expect([rounds, sent.length]).toEqual([8, 9]);
    expect(textOf(answer)).toContain('asked for more in 8 answers');
    const recorded = await story();
    expect(recorded.filter((line) => line === 'client_request.decided granted')).toHaveLength(8);
    expect(recorded.filter((line) => line.startsWith('call.'))).toEqual([
      'call.decided allowed',
      'call.failed upstream_asked',
    ]);
  });

  it('counts the requests of all rounds', async () => {
    const { one, story } = build({
      outcomes: [asks({ branch: form() })],
      grants: { elicitation: { forms: true }, per_call: 1 },
    });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const answer = await continueCall(one, { request, suspended, responses: { branch: yes } }, modern);
    expect(textOf(answer)).toContain('client_requests.per_call');
    expect((await story()).slice(-2)).toEqual(['client_request.decided too_many', 'call.failed upstream_asked']);
  });

  it('that is answered in part is given in part: the upstream asks again for the rest', async () => {
    const { one, sent, story } = build({ outcomes: [asks({ a: form(), b: form(), c: form() }), done] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const responses = { a: yes, b: { action: 'accept', content: { branch: 7 } } };
    await continueCall(one, { request, suspended, responses }, modern);
    expect(sent.at(-1)).toEqual({ responses: { a: yes } });
    expect((await story()).filter((line) => line.startsWith('client_request.answered'))).toEqual([
      'client_request.answered accepted',
      'client_request.answered invalid',
      'client_request.answered unanswered',
    ]);
  });

  it('has a name of ours where its own could be taken for one of ours, or is no plain name', async () => {
    const names = ['sallyport-confirm', '__proto__', 'what is\u202Eyour name', 'request-1', 'plain.name'];
    const requests = names.map((name) => [name, form()] as const);
    const asked = { ...asks({}), asks: { requests } } as Outcome;
    const { one, sent } = build({ outcomes: [asked, done] });
    const first = await runCall(one, request, modern);
    const shown = first.kind === 'input_required' ? Object.keys(first.requests) : [];
    expect(shown).toEqual(['request-1', 'request-2', 'request-3', 'request-4', 'plain.name']);
    const responses = Object.fromEntries(shown.map((name) => [name, yes]));
    await continueCall(one, { request, suspended: suspendedIn(first), responses }, modern);
    expect(Object.keys(sent.at(-1)?.responses ?? {})).toEqual(names);
  });

  it('may be a page without an id, which clients of before need and get', async () => {
    const page = {
      method: 'elicitation/create',
      params: { mode: 'url', message: 'Pay.', url: 'https://pay.example.com/' },
    };
    const grants = { elicitation: { url_hosts: ['pay.example.com'] } };
    const { one, sent } = build({ outcomes: [asks({ page }), done], grants });
    const capable = { ...request, capabilities: { elicitation: { url: {} } } };
    const first = await runCall(one, capable, modern);
    expect(first).toMatchObject({ requests: { page: { params: { elicitationId: expect.stringMatching(/-1$/) } } } });
    const responses = { page: { action: 'accept' } };
    await continueCall(one, { request: capable, suspended: suspendedIn(first), responses }, modern);
    expect(sent.at(-1)).toEqual({ responses });
  });

  it('has no state that is too large for its client to carry', async () => {
    const { one } = build({ outcomes: [asks({ a: form() }, 'x'.repeat(65_537))] });
    expect(textOf(await runCall(one, request, modern))).toContain('client_requests.max_bytes');
  });

  it('that is nothing but a state is given it at once, without its client, so often and no more', async () => {
    const { one, sent } = build({ outcomes: [asks({}, 'wait'), done], grants: undefined });
    expect((await runCall(one, request, modern)).kind).toBe('result');
    expect(sent).toEqual([undefined, { state: 'wait' }]);
    const endless = build({ outcomes: [asks({}, 'wait')] });
    expect(textOf(await runCall(endless.one, request, modern))).toContain('asked for more in 8 answers');
    expect(endless.sent).toHaveLength(9);
  });

  it('leaves a call that nobody calls unsent', async () => {
    const down: Outcome = { kind: 'failed', reason: 'upstream_full', sent: false, detail: '' };
    const { one, story } = build({ outcomes: [asks({ branch: form() }), down] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const answer = await continueCall(one, { request, suspended, responses: { branch: yes } }, modern);
    expect(textOf(answer)).toContain('The call may have run');
    expect((await story()).at(-1)).toBe('call.failed outcome_unknown');
  });
});

describe('what an upstream asks in its answer, of a client that waits', () => {
  const waiting = (ask: ClientContext['ask']): ClientContext => ({ ...modern, comesBack: false, ask });

  it('is put before it as requests, and the call goes on', async () => {
    const { one, sent, story } = build({ outcomes: [asks({ a: form(), b: form() }, 's'), done] });
    const asked: ServerMessage[] = [];
    const ask = (message: ServerMessage): Promise<JsonObject> => {
      asked.push(message);
      return Promise.resolve(yes);
    };
    expect((await runCall(one, request, waiting(ask))).kind).toBe('result');
    expect(asked.map(({ method }) => method)).toEqual(['elicitation/create', 'elicitation/create']);
    expect(sent).toEqual([undefined, { responses: { a: yes, b: yes }, state: 's' }]);
    expect((await story()).filter((line) => line.startsWith('call.'))).toEqual([
      'call.decided allowed',
      'call.completed',
    ]);
  });

  it('ends the call where one is not answered: its person is not asked over and over', async () => {
    const { one, sent, story } = build({ outcomes: [asks({ a: form() })] });
    const answer = await runCall(
      one,
      request,
      waiting(() => Promise.reject(new Error('no'))),
    );
    expect(textOf(answer)).toContain('The client gave no answer.');
    expect(sent).toHaveLength(1);
    expect((await story()).slice(-2)).toEqual(['client_request.answered unanswered', 'call.failed upstream_asked']);
  });

  it('is not sent on when the time of the call is over', async () => {
    const { one, sent, time } = build({ outcomes: [asks({ a: form() }), done] });
    const ask = (): Promise<JsonObject> => {
      time.now += 60_001;
      return Promise.resolve(yes);
    };
    expect(textOf(await runCall(one, request, waiting(ask)))).toContain('call_timeout');
    expect(sent).toHaveLength(1);
  });
});
