import { type JsonObject, type Outcome, type SendOptions, type ServerMessage, toolTarget } from '@sallyport/contracts';
import { startNastyUpstream, until } from '@sallyport/testing';
import type { NastyMode, NastyUpstream } from '@sallyport/testing';
import { forms, upstreamAt } from '../../test/http-upstream.ts';
import { sending as sendingFor } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

const call = { action: 'tools/call' as const, target: toolTarget('run'), arguments: { a: 1 }, traceparent: null };

const sending = (over: Partial<SendOptions> = {}): SendOptions => sendingFor({ timeoutMs: 400, ...over });

let nasty: NastyUpstream;
let upstream: ManagedUpstream;
let refused: string[];

async function start(mode: NastyMode, options: Parameters<typeof startNastyUpstream>[1] = {}): Promise<void> {
  refused = [];
  nasty = await startNastyUpstream(mode, options);
  upstream = upstreamAt(nasty.url, {}, { strayRefused: (method) => void refused.push(method) });
}

afterEach(async () => {
  await upstream.close();
  await nasty.close();
});

describe('an upstream that misbehaves', () => {
  const refused: readonly [NastyMode, string][] = [
    ['hang', 'upstream_timeout'],
    ['drip', 'upstream_timeout'],
    ['garbage', 'upstream_garbage'],
    ['not_json_type', 'upstream_garbage'],
    ['not_rpc', 'upstream_garbage'],
    ['no_result', 'upstream_garbage'],
    ['empty', 'upstream_garbage'],
    ['accepted', 'upstream_garbage'],
    ['interim', 'upstream_asked'],
    ['redirect', 'upstream_garbage'],
    ['wrong_id', 'upstream_wrong_id'],
    ['huge', 'upstream_too_large'],
    ['huge_claimed', 'upstream_too_large'],
    ['huge_event', 'upstream_too_large'],
    ['endless_events', 'upstream_too_large'],
    ['close_before', 'upstream_down'],
    ['close_midway', 'upstream_down'],
    ['status_500', 'upstream_down'],
    ['status_401', 'upstream_down'],
    ['events_end', 'upstream_garbage'],
    ['events_garbage', 'upstream_garbage'],
    ['gzip_bomb', 'upstream_too_large'],
    ['gzip_broken', 'upstream_garbage'],
    ['events_wrong_id', 'upstream_wrong_id'],
  ];

  it.each(refused)('%s is %s, sent once, and the next call is served', async (mode, reason) => {
    await start(mode);
    // What the upstream speaks is known before: of a short time all is the call's.
    await upstream.list('tool');
    const timeoutMs = reason === 'upstream_timeout' ? 400 : 5_000;
    expect(await upstream.send(call, sending({ timeoutMs }))).toMatchObject({
      kind: 'failed',
      reason,
      sent: true,
    });
    expect(nasty.calls()).toBe(1);
    nasty.mode = 'events';
    expect(await upstream.send(call, sending({ timeoutMs: 5_000 }))).toMatchObject({ kind: 'result' });
    expect(nasty.calls()).toBe(2);
    expect(nasty.seen.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  it.each<NastyMode>([
    'batch',
    'string_id',
    'untyped',
    'created',
    'gzip',
    'byte_order_mark',
    'events_foreign',
    'events_no_rpc',
    'events_null_id',
    'events_batch',
    'events_gzip',
  ])('%s is odd, and an answer', async (mode) => {
    await start(mode);
    expect(await upstream.send(call, sending({ timeoutMs: 2_000 }))).toMatchObject({
      kind: 'result',
      result: { content: [{ text: 'done' }] },
    });
    expect(nasty.calls()).toBe(1);
  });

  it('is not reachable: down, not sent', async () => {
    await start('events');
    await nasty.close();
    expect(await upstream.send(call, sending())).toMatchObject({
      kind: 'failed',
      reason: 'upstream_down',
      sent: false,
    });
    expect(upstream.state()).toBe('down');
    await expect(upstream.list('tool')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  it('hands the text of errors on as data, for the sanitizer', async () => {
    await start('sql_error');
    const outcome = await upstream.send(call, sending());
    expect(outcome).toMatchObject({ kind: 'error', code: -32603 });
    nasty.mode = 'sql_result';
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'result', result: { isError: true } });
  });
});

it('notes the request of a stateless upstream, which nobody is asked and nobody can answer', async () => {
  await start('events_request');
  const asked: ServerMessage[] = [];
  const ask: SendOptions['ask'] = async (message) => (asked.push(message), { result: {} });
  expect(await upstream.send(call, sending({ ask }))).toMatchObject({ kind: 'result' });
  expect([asked, refused]).toEqual([[], ['elicitation/create']]);
});

describe('the one write', () => {
  it('does not happen when beforeWrite says no', async () => {
    await start('events');
    await upstream.send(call, sending());
    const outcome = await upstream.send(call, sending({ beforeWrite: () => false }));
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'cancelled', sent: false });
    expect(nasty.calls()).toBe(1);
  });

  it('does not happen when the caller is already gone', async () => {
    await start('events');
    const outcome = await upstream.send(call, sending({ signal: AbortSignal.abort() }));
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'cancelled', sent: false });
    expect(nasty.calls()).toBe(0);
  });

  it('does not happen for a call that ran out of time while all connections were taken, not even later', async () => {
    await start('hang');
    const crowd = Array.from({ length: 256 }, () => upstream.send(call, sending({ timeoutMs: 1_500 })));
    await until(() => nasty.calls() === 256);
    let writes = 0;
    const beforeWrite = (): boolean => (writes += 1) > 0;
    expect(await upstream.send(call, sending({ timeoutMs: 100, beforeWrite }))).toMatchObject({
      kind: 'failed',
      reason: 'upstream_timeout',
      sent: false,
    });
    nasty.mode = 'events';
    await Promise.all(crowd);
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'result' });
    expect([nasty.calls(), writes]).toEqual([257, 0]);
  });

  it('is not repeated on a socket that the upstream closes after each answer', async () => {
    await start('close_after');
    const outcomes: Outcome[] = [];
    let writes = 0;
    for (let round = 0; round < 200; round += 1) {
      const beforeWrite = (): boolean => (writes += 1) > 0;
      outcomes.push(await upstream.send(call, sending({ beforeWrite })));
      if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, round % 4));
    }
    // Each call is written at most once, and each that was read by the upstream was written by us.
    expect(writes).toBe(200);
    expect(nasty.calls()).toBeLessThanOrEqual(writes);
    expect(outcomes.every(({ kind }) => kind === 'result' || kind === 'failed')).toBe(true);
    const failures = outcomes.filter((outcome) => outcome.kind === 'failed');
    expect(failures.every((outcome) => outcome.reason === 'upstream_down' && outcome.sent)).toBe(true);
  });

  it('is not repeated when the upstream reads the call and closes, however often', async () => {
    await start('close_before');
    for (let round = 1; round <= 20; round += 1) {
      expect(await upstream.send(call, sending())).toMatchObject({ kind: 'failed', sent: true });
      expect(nasty.calls()).toBe(round);
    }
  });
});

describe('the era', () => {
  it('is asked for once, and again when the upstream has moved on; the call in between is not sent again', async () => {
    await start('events', { era: 'legacy' });
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'result' });
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'result' });
    expect(discovered()).toBe(1);
    nasty.era = 'modern';
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'error', code: -32022 });
    expect(nasty.calls()).toBe(3);
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'result' });
    expect(discovered()).toBe(2);
  });

  function discovered(): number {
    return nasty.seen.filter(({ message }) => message['method'] === 'server/discover').length;
  }
});

describe('cancelling', () => {
  it.each(['modern', 'legacy'] as const)('closes the connection to a %s upstream', async (era) => {
    await start('hang', { era });
    const controller = new AbortController();
    const outcome = upstream.send(call, sending({ signal: controller.signal, timeoutMs: 5_000 }));
    await until(() => nasty.calls() === 1);
    controller.abort();
    expect(await outcome).toMatchObject({ kind: 'failed', reason: 'cancelled', sent: true });
    await until(() => nasty.aborted() === 1);
    if (era === 'modern') return;
    await until(() => nasty.seen.some(({ message }) => message['method'] === 'notifications/cancelled'));
    const sent = nasty.seen.find(({ message }) => message['method'] === 'tools/call');
    const told = nasty.seen.find(({ message }) => message['method'] === 'notifications/cancelled');
    expect(told?.message['params']).toMatchObject({ requestId: sent?.message['id'] });
  });
});

describe('event streams', () => {
  it('give progress on with the client’s own token, and log messages', async () => {
    await start('events');
    const heard: ServerMessage[] = [];
    const notify = (message: ServerMessage): void => void heard.push(message);
    expect(await upstream.send(call, sending({ progressToken: 'mine', notify }))).toMatchObject({ kind: 'result' });
    expect(heard.map(({ method }) => method)).toEqual(['notifications/progress', 'notifications/message']);
    expect(heard[0]?.params).toEqual({ progressToken: 'mine', progress: 1, total: 2 });
    const sent = nasty.seen.find(({ message }) => message['method'] === 'tools/call')?.message['params'] as JsonObject;
    expect((sent['_meta'] as JsonObject)['progressToken']).not.toBe('mine');
  });

  it('carry log messages only for who wants them', async () => {
    await start('events');
    for (const logLevel of [null, 'warning']) await upstream.send(call, sending({ logLevel }));
    const calls = nasty.seen.filter(({ message }) => message['method'] === 'tools/call');
    const levels = calls.map(({ message }) => /logLevel":"(\w+)"/.exec(JSON.stringify(message))?.[1]);
    expect(levels).toEqual([undefined, 'warning']);
  });

  it('drop progress of others', async () => {
    await start('events_foreign_progress');
    const heard: ServerMessage[] = [];
    const notify = (message: ServerMessage): void => void heard.push(message);
    expect(await upstream.send(call, sending({ progressToken: 1, notify }))).toMatchObject({ kind: 'result' });
    expect(heard).toEqual([]);
  });

  it.each(['events_open', 'events_crlf', 'events_foreign'] as const)('%s is answered', async (mode) => {
    await start(mode);
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'result' });
  });
});

describe('a call that goes on', () => {
  const input = { responses: { a: { action: 'accept' } }, state: 'theirs' };

  it('is sent to nobody who has no such calls: the tool would run a second time', async () => {
    await start('interim', { era: 'legacy', sessions: true });
    const asked = await upstream.send(call, sending());
    expect(asked).toMatchObject({ reason: 'upstream_asked', sent: true });
    expect(asked).not.toHaveProperty('asks');
    expect(await upstream.send({ ...call, input }, sending())).toMatchObject({ kind: 'failed', sent: false });
    expect(nasty.calls()).toBe(1);
  });

  it('carries what was asked for, under a new id, and what its client can be asked as far as that is granted', async () => {
    nasty = await startNastyUpstream('interim');
    upstream = upstreamAt(nasty.url, { client_requests: forms });
    const capabilities = { roots: {}, sampling: {}, elicitation: {} };
    const asked = await upstream.send(call, sending({ capabilities }));
    expect(asked).toMatchObject({ reason: 'upstream_asked', asks: { requests: [], state: 'x' } });
    await upstream.send({ ...call, input }, sending());
    const [first, second] = nasty.seen.filter(({ message }) => message['method'] === 'tools/call');
    expect(first?.message['id']).not.toBe(second?.message['id']);
    expect(declaredIn(first?.message)).toEqual({ elicitation: { form: {} } });
    expect(first?.message['params']).not.toHaveProperty('requestState');
    expect(second?.message['params']).toMatchObject({ inputResponses: input.responses, requestState: 'theirs' });
    expect(declaredIn(second?.message)).toEqual({});
  });

  function declaredIn(message: JsonObject = {}): unknown {
    const meta = (message['params'] as JsonObject)['_meta'] as JsonObject;
    return meta['io.modelcontextprotocol/clientCapabilities'];
  }
});

describe('legacy sessions', () => {
  it('are opened once, and again after the upstream has ended them; the call in between is not sent again', async () => {
    await start('events', { era: 'legacy', sessions: true });
    await upstream.send(call, sending());
    await upstream.send(call, sending());
    expect(initialized()).toBe(1);
    nasty.endSessions();
    // By the protocol it was not taken; that it was not, only the upstream knows.
    expect(await upstream.send(call, sending())).toMatchObject({
      kind: 'failed',
      reason: 'upstream_down',
      sent: true,
    });
    expect(nasty.calls()).toBe(3);
    expect(await upstream.send(call, sending())).toMatchObject({ kind: 'result' });
    expect(initialized()).toBe(2);
    await upstream.close();
    expect(nasty.seen.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'session-2' } });
  });

  function initialized(): number {
    return nasty.seen.filter(({ message }) => message['method'] === 'initialize').length;
  }
});

describe('headers', () => {
  it('carry our credential, the era and the tool’s name, and nothing can take their place', async () => {
    nasty = await startNastyUpstream('events');
    const secrets = { Authorization: 'Bearer ours', 'Mcp-Name': 'other', Host: 'evil' };
    upstream = upstreamAt(nasty.url, {}, { secrets: () => secrets });
    await upstream.send({ ...call, target: toolTarget('é') }, sending());
    const sent = nasty.seen.find(({ message }) => message['method'] === 'tools/call');
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer ours',
      'mcp-method': 'tools/call',
      'mcp-name': '=?base64?w6k=?=',
      'mcp-protocol-version': '2026-07-28',
    });
    expect(sent?.headers.host).not.toBe('evil');
  });
});
