import { jest } from '@jest/globals';
import { SpanKind, SpanStatusCode, type Span, type SpanOptions, trace, type Tracer } from '@opentelemetry/api';
import { type Call, type Decision, toolTarget } from '@sallyport/contracts';
import { createLogger } from './logging/create-logger.ts';
import { createLogObserver } from './logging/log.observer.ts';
import { createMetrics } from './metrics/metrics.ts';
import { observeAll } from './observe-all.ts';
import { startTracing } from './tracing/start-tracing.ts';
import { createTracingObserver } from './tracing/tracing.observer.ts';

const call: Call = {
  callId: '01JTESTTESTTESTTESTTESTTES',
  tenant: 'shop',
  gateway: { boot: 'b', counter: 1 },
  subject: { id: 'alice@example.com', issuer: 'https://id.example.com', roles: [] },
  agent: { id: 'cursor', verified: false },
  session: null,
  flow: null,
  action: 'tools/call',
  upstream: 'orders',
  target: toolTarget('get_order'),
  definition: null,
  arguments: { order_id: 'secret-order' },
  digest: 'hmac-sha256:x',
  receivedAt: 0,
  deadline: 1,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const allow: Decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null };
const deny: Decision = { effect: 'deny', reason: 'not_owner', guard: 'authorization', advice: 'No.' };

interface Kept {
  readonly name: string;
  readonly options: SpanOptions;
  readonly parent: string | undefined;
  readonly attributes: Record<string, unknown>;
  status?: number;
  ended: boolean;
}

function recordingTracer(): { spans: Kept[]; tracer: Tracer } {
  const spans: Kept[] = [];
  const startSpan: Tracer['startSpan'] = (name, options = {}, context) => {
    const parent = context && trace.getSpanContext(context)?.spanId;
    const kept: Kept = { name, options, parent, attributes: { ...options.attributes }, ended: false };
    spans.push(kept);
    const span = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });
    return Object.assign(span, {
      setAttribute: (key: string, value: unknown) => ((kept.attributes[key] = value), span),
      setAttributes: (more: object) => (Object.assign(kept.attributes, more), span),
      setStatus: ({ code }: { code: number }) => ((kept.status = code), span),
      end: () => void (kept.ended = true),
    }) as Span;
  };
  return { spans, tracer: { startSpan, startActiveSpan: () => undefined as never } };
}

describe('metrics', () => {
  it('never takes a label from a client', async () => {
    const metrics = createMetrics({
      isKnown: () => false,
      upstreams: () => [['orders', 'up', { programs: 2, sessions: 5, stderr: { lines: 3, bytes: 90 } }]],
      runtime: false,
    });
    metrics.observer.decided({ ...call, target: toolTarget('made-up-1') }, deny, 900);
    metrics.observer.decided({ ...call, target: toolTarget('made-up-2'), upstream: 'made-up' }, deny, 900);
    const text = await metrics.text();
    expect(text).not.toContain('made-up');
    expect(text).toContain('upstream="orders",tool="_unknown"} 1');
    expect(text).toContain('upstream="_unknown",tool="_unknown"} 1');
    expect(text).toContain('sallyport_upstream_up{upstream="orders"} 1');
    expect(text).toContain('sallyport_upstream_programs{upstream="orders"} 2');
    expect(text).toContain('sallyport_upstream_sessions{upstream="orders"} 5');
    expect(text).toContain('sallyport_upstream_stderr_lines_total{upstream="orders"} 3');
    expect(text).toContain('sallyport_upstream_stderr_bytes_total{upstream="orders"} 90');
  });

  it('shows what is measured, and how much there is when somebody looks', async () => {
    const metrics = createMetrics({ isKnown: () => true, runtime: false });
    const observer = observeAll([metrics.observer, createLogObserver(createLogger())]);
    observer.measured?.('guard', 'authorization', 3);
    observer.measured?.('commit_size', '', 5);
    let open = 1;
    observer.watched?.('sessions', () => open);
    observer.watched?.('holds', () => 7);
    observer.watched?.('holds', () => Promise.resolve(2));
    observer.watched?.('kafka_lag', () => Promise.reject(new Error('away')));
    observer.watched?.('spool', () => {
      throw new Error('gone');
    });
    await metrics.text();
    open = 4;
    const text = await metrics.text();
    expect(text).toContain('sallyport_guard_duration_seconds_bucket{le="0.0025",guard="authorization"} 0');
    expect(text).toContain('sallyport_guard_duration_seconds_bucket{le="0.005",guard="authorization"} 1');
    expect(text).toContain('sallyport_guard_duration_seconds_sum{guard="authorization"} 0.003');
    expect(text).toContain('sallyport_commit_size_commits_bucket{le="8"} 1');
    for (const line of ['sessions_open 4', 'holds_open 2', 'kafka_lag_messages Nan', 'spool_commits Nan'])
      expect(text).toContain(`sallyport_${line}\n`);
    expect(text).not.toContain('sallyport_parked_calls');
  });

  it('waits a moment, and no longer, for what others know', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const metrics = createMetrics({ isKnown: () => true, runtime: false });
    metrics.observer.watched?.('kafka_lag', () => new Promise(() => undefined));
    const text = metrics.text();
    await new Promise(setImmediate);
    jest.advanceTimersByTime(1_000);
    expect(await text).toContain('sallyport_kafka_lag_messages Nan\n');
    jest.useRealTimers();
  });

  it('counts decisions, outcomes and incidents, once per scrape or not at all', async () => {
    const metrics = createMetrics({ isKnown: () => true, runtime: false });
    metrics.observer.decided(call, allow, 900);
    metrics.observer.decided(call, allow, 900);
    metrics.observer.finished(call, 'completed', 4_000);
    metrics.observer.incident('outcome_spooled', 'disk full');
    await metrics.text();
    metrics.observer.decided(call, allow, 900);
    const text = await metrics.text();
    expect(text).toContain(
      'sallyport_decisions_total{decision="allow",reason="allowed",guard="authorization",upstream="orders",tool="get_order"} 3',
    );
    expect(text).toContain('sallyport_outcomes_total{outcome="completed"} 1');
    expect(text).toContain('sallyport_incidents_total{incident="outcome_spooled",severity="error"} 1');
    expect(text).toContain('sallyport_incidents_total{incident="call_repeated",severity="info"} 0');
    expect(text).toContain('sallyport_call_duration_seconds_bucket{le="0.005",upstream="orders",tool="get_order"} 1');
    expect(text).toContain('sallyport_decision_duration_seconds_count{decision="allow"} 3');
    expect(text).not.toMatch(/alice|secret-order|disk full/);
  });
});

describe('tracing', () => {
  it('ends the span of a refused call with its decision', () => {
    const { spans, tracer } = recordingTracer();
    createTracingObserver({ tracer, now: () => 1_000 }).decided(call, deny, 2_000);
    expect(spans[0]).toMatchObject({
      name: 'tools/call get_order',
      parent: 'b7ad6b7169203331',
      options: { kind: SpanKind.SERVER, startTime: 998 },
      attributes: {
        'mcp.method.name': 'tools/call',
        'gen_ai.tool.name': 'get_order',
        'gen_ai.operation.name': 'execute_tool',
        'error.type': 'tool_error',
        'sallyport.decision': 'deny',
        'sallyport.decision.reason': 'not_owner',
        'sallyport.decision.id': call.callId,
      },
      status: SpanStatusCode.ERROR,
      ended: true,
    });
    expect(JSON.stringify(spans)).not.toMatch(/alice|secret-order/);
  });

  it('keeps the span of an allowed call open until its outcome, within a bound', () => {
    const { spans, tracer } = recordingTracer();
    const observer = createTracingObserver({ tracer, maxOpen: 1 });
    observer.decided(call, allow, 100);
    expect(spans[0]?.ended).toBe(false);
    observer.finished(call, 'upstream_timeout', 200);
    expect(spans[0]).toMatchObject({ ended: true, attributes: { 'error.type': 'upstream_timeout' } });
    observer.decided({ ...call, callId: 'a' }, allow, 100);
    observer.decided({ ...call, callId: 'b' }, allow, 100);
    expect(spans.filter(({ name }) => name.startsWith('tools/')).map(({ ended }) => ended)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('ignores a trace parent that is not well-formed', () => {
    const { spans, tracer } = recordingTracer();
    createTracingObserver({ tracer }).decided({ ...call, traceparent: 'x' }, deny, 1);
    expect(spans[0]?.parent).toBeUndefined();
  });

  it('is off without an endpoint, and says so where the SDK is missing', async () => {
    const lines: string[] = [];
    const logger = createLogger({ destination: { write: (text) => lines.push(text) } });
    expect(await startTracing({ env: {}, logger })).toBeNull();
    expect(lines).toEqual([]);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:pass@127.0.0.1:4318' };
    const load = () => Promise.reject(new Error('not found'));
    expect(await startTracing({ env, logger, load })).toBeNull();
    expect(lines.join('')).toContain('npm install @opentelemetry/sdk-node');

    const done: string[] = [];
    class NodeSDK {
      start(): void {
        done.push('started');
      }
      async shutdown(): Promise<void> {
        done.push('stopped');
      }
    }
    const tracing = await startTracing({ env, logger, load: async () => ({ NodeSDK }) });
    await tracing?.shutdown();
    expect(done).toEqual(['started', 'stopped']);
    expect(lines.join('')).not.toContain('pass');
  });
});

describe('logs', () => {
  const written: string[] = [];
  const destination = { write: (text: string) => written.push(text) };
  afterEach(() => void (written.length = 0));

  it('takes out what may be personal', () => {
    createLogger({ destination }).info('Hello.', {
      arguments: { iban: 'DE00' },
      token: 'dev-alice',
      Subject: 'alice',
      nested: { deep: 'alice' },
      tool: 'get_order',
    });
    const line = JSON.parse(written[0] as string) as object;
    expect(line).toMatchObject({ msg: 'Hello.', level: 30, tool: 'get_order', token: '[removed]', nested: '[object]' });
    expect(written[0]).not.toMatch(/alice|DE00/);
  });

  it('prints one entry for a person, which can neither steer the terminal nor look like two', () => {
    createLogger({ destination, readable: true }).warn('Up\u001b[2Jstream\nis down.', { upstream: 'orders' });
    expect(written[0]).toContain('Up [2Jstream\n  is down.');
    expect(written[0]?.replaceAll(/\u001b\[\d+m/g, '')).toMatch(
      /^\d\d:\d\d:\d\d WARN {2}[^\n]*\n {2}is down\.[^\n]*upstream=orders\n$/,
    );
  });

  it('logs incidents, and decisions only when debugging', () => {
    const quiet = createLogObserver(createLogger({ destination }));
    quiet.decided(call, deny, 1);
    quiet.incident('audit_unavailable', 'disk full');
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        level: 50,
        msg: 'decision could not be recorded, call refused',
        incident: 'audit_unavailable',
        detail: 'disk full',
      }),
    ]);
    createLogObserver(createLogger({ destination, level: 'debug' })).decided(call, deny, 1);
    expect(written[1]).toContain(call.callId);
    expect(written[1]).not.toMatch(/alice|secret-order/);
  });

  it('goes on telling the others when one observer throws', () => {
    const told: string[] = [];
    const broken = { decided: fail, finished: fail, incident: fail, measured: fail, watched: fail };
    const whole = {
      ...{ decided: () => told.push('d'), finished: () => told.push('f'), incident: () => told.push('t') },
      ...{ measured: () => told.push('m'), watched: () => told.push('w') },
    };
    const all = observeAll([broken, whole]);
    all.decided(call, deny, 1);
    all.finished(call, 'completed', 1);
    all.incident('outcome_spooled', 'y');
    all.measured?.('commit', '', 1);
    all.watched?.('holds', () => 1);
    expect(told).toEqual(['d', 'f', 't', 'm', 'w']);
  });
});

function fail(): never {
  throw new Error('no');
}
