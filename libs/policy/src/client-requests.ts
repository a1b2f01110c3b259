import type { AskedOfClient, AskAnswer, CatalogTool, ServerRequestMethod } from '@sallyport/contracts';

import { namedActions } from './action-scope.ts';
import { UNMAPPABLE } from './cedar-value.ts';
import type { Engine } from './engine.ts';
import { evaluationContextOf } from './evaluation-context.ts';
import { CLIENT_REQUEST_TYPE, isClientRequestAction, mcpFields, UPSTREAM_TYPE } from './mcp-shape.ts';
import { actionsIn, typesIn } from './names-in.ts';
import type { Rule } from './rule.ts';
import { cutSlice, type Slice } from './slice.ts';
import { shapeOf } from './tool-shape.ts';

/** Whether a rule names requests of upstreams to clients. */
export function namesRequests({ json }: Rule): boolean {
  return actionsIn(json).some(isClientRequestAction) || typesIn(json).includes(CLIENT_REQUEST_TYPE);
}

/**
 * The rules that judge what upstreams ask of clients. The configuration grants, so that no permit opens or is needed; what forbids by
 * action, by type or by upstream closes. A rule about everything was asked about the call that the request is made in.
 */
export function requestRules(rules: readonly Rule[]): readonly Rule[] {
  return rules.filter((rule) => {
    const isOfUpstream = rule.confirm === null && typesIn(rule.json).includes(UPSTREAM_TYPE);
    const isOfAll = namedActions(rule.json) === null;
    return rule.effect === 'forbid' && (namesRequests(rule) || (isOfAll && isOfUpstream));
  });
}

type Slices = (tool: CatalogTool, method: ServerRequestMethod) => Slice;

/** Cuts are kept per object of the catalogue and method. */
export function requestSlices(rules: readonly Rule[]): Slices {
  const judging = requestRules(rules);
  const cuts = new WeakMap<CatalogTool, Map<ServerRequestMethod, Slice>>();
  return function sliceOf(tool, method) {
    const ofTool = cuts.get(tool) ?? new Map<ServerRequestMethod, Slice>();
    cuts.set(tool, ofTool);
    const known = ofTool.get(method);
    if (known) return known;
    const shape = { ...shapeOf(tool), action: `mcp:${method}`, groups: [], arguments: new Map() };
    const slice = cutSlice(judging, shape, CLIENT_REQUEST_TYPE, mcpFields(CLIENT_REQUEST_TYPE) ?? new Map());
    ofTool.set(method, slice);
    return slice;
  };
}

const unjudged: AskAnswer = { effect: 'deny', rules: [], reason: 'policy_error', advice: null };
const noFacts = { bulk: 0, wildcards: [], unbounded: [], bytes: 2, depth: 1, resources: [] };

/** Judges one request of an upstream to a client. Never throws. */
export function mayAsk(engine: Engine, sliceOf: Slices, asked: AskedOfClient): AskAnswer {
  try {
    const { tool, subject, agent, method, mode = '', host = '' } = asked;
    const slice = sliceOf(tool, method);
    if (slice.rules.length === 0) return { effect: 'pass' };
    const request = { subject, agent, tool, action: 'tools/call', arguments: {}, facts: noFacts } as const;
    const evaluation = evaluationContextOf(slice, request, {
      ...{ type: CLIENT_REQUEST_TYPE, id: `${tool.upstream}/${method}`, pointer: '', status: 'resolved' },
      ...{ owner: null, version: null, attributes: { mode, host, upstream: tool.upstream } },
    });
    if (evaluation === UNMAPPABLE) return unjudged;
    // Nobody looked at arguments or facts: a rule that reads them errs, rather than see none.
    const context = Object.fromEntries(
      Object.entries(evaluation.context).filter(([name]) => name !== 'arguments' && name !== 'facts'),
    );
    const { broken, rules } = engine(slice.full, { ...evaluation, context }, slice.needs);
    if (broken) return unjudged;
    const forbids = slice.rules.filter(({ rule }) => rules.includes(rule.id)).map(({ rule }) => rule);
    if (forbids.length === 0) return { effect: 'pass' };
    const advice = forbids.find((rule) => rule.advice !== null)?.advice ?? null;
    return { effect: 'deny', rules: forbids.map(({ id }) => id), reason: 'forbidden', advice };
  } catch {
    return unjudged;
  }
}
