import { type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { BoundedMap } from '@sallyport/base';
import type { Call, Decision, Observer } from '@sallyport/contracts';
import { remoteParent } from './remote-parent.ts';

export interface TracingOptions {
  readonly tracer?: Tracer;
  /** Wall clock, milliseconds since the epoch. */
  readonly now?: () => number;
  /** Allowed calls whose outcome is awaited; beyond it the oldest span ends as it is. */
  readonly maxOpen?: number;
}

/**
 * One span a call, by the MCP semantic conventions of OpenTelemetry (semantic-conventions-genai, `mcp.md`), with a child
 * for the decision. Spans carry the reference of the call and no argument, no name and no token.
 */
export function createTracingObserver({
  tracer = trace.getTracer('sallyport'),
  now = Date.now,
  maxOpen = 10_000,
}: TracingOptions = {}): Observer {
  const open = new BoundedMap<string, Span>(maxOpen, (span) => span.end());

  return {
    decided(call, decision, elapsedUs) {
      const end = now();
      const span = callSpan(tracer, call, { startTime: end - elapsedUs / 1000 });
      decisionSpan(tracer, span, { decision, start: end - elapsedUs / 1000, end });
      span.setAttributes(decisionAttributes(call, decision));
      if (decision.effect === 'allow') return void open.set(call.callId, span);
      failed(span, 'tool_error');
      span.end(end);
    },
    finished({ callId }, outcome) {
      const span = open.get(callId);
      if (span === undefined) return;
      open.delete(callId);
      if (outcome === 'is_error') failed(span, 'tool_error');
      else if (outcome !== 'completed') failed(span, outcome);
      span.end(now());
    },
    incident: () => undefined,
  };
}

function callSpan(tracer: Tracer, call: Call, { startTime }: { readonly startTime: number }): Span {
  const attributes = {
    'mcp.method.name': call.action,
    ...named(call),
    'sallyport.upstream': call.upstream,
    'sallyport.tenant': call.tenant,
  };
  const options = { kind: SpanKind.SERVER, startTime, attributes };
  return tracer.startSpan(`${call.action} ${call.target.name}`, options, remoteParent(call.traceparent));
}

/** As the conventions of OpenTelemetry for MCP have it. */
function named({ target: { kind, name } }: Call): Record<string, string> {
  switch (kind) {
    case 'tool':
      return { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name };
    case 'prompt':
      return { 'gen_ai.prompt.name': name };
    case 'resource':
    case 'template':
      return { 'mcp.resource.uri': name };
  }
}

function decisionSpan(
  tracer: Tracer,
  parent: Span,
  { decision, start, end }: { readonly decision: Decision; readonly start: number; readonly end: number },
): void {
  const attributes = { 'sallyport.decision': decision.effect, 'sallyport.decision.reason': decision.reason };
  const context = trace.setSpan(remoteParent(null), parent);
  tracer.startSpan('sallyport.decide', { startTime: start, attributes }, context).end(end);
}

function decisionAttributes({ callId }: Call, { effect, reason, guard }: Decision) {
  return {
    'sallyport.decision': effect,
    'sallyport.decision.reason': reason,
    'sallyport.decision.id': callId,
    'sallyport.guard': guard,
  };
}

function failed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
