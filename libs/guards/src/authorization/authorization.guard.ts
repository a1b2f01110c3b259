import {
  type AccessAnswer,
  type AccessReason,
  agentName,
  type Envelope,
  type GuardPorts,
  type Probe,
} from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { allow, deny, hold } from '../opinions.ts';
import { noSuchTool, probeEnvelope } from '../probe-envelope.ts';

/** What the model reads where the policy that decided has no `@advice`. */
const advice: Readonly<Record<AccessReason, string>> = {
  not_permitted: 'This is not permitted to you. Do something else, or ask the person you work for.',
  insufficient_scope: 'The token lacks a scope that this call needs. Sign in again and grant it.',
  not_owner: 'This is not yours. List your own first.',
  forbidden: 'This is forbidden. Do not try it again.',
  wildcard_argument: 'Name exactly one object, without wildcards.',
  bulk_argument: 'Name one object at a time.',
  unbounded_query: 'Say exactly which objects you mean: no missing or empty ids or filters, and no open ranges.',
  object_unresolved:
    'An object that the arguments name was not found, or its owner or version could not be looked up. Look it up first.',
  reserved_key: 'The arguments hold a key that is reserved. Leave it out.',
  policy_error: 'This call could not be judged. Change its arguments, or tell the operator.',
};

/** Policies, over every object that the call names. The only guard that grants. */
export const authorization = defineGuard({
  id: 'authorization',
  station: 'authorization',
  grants: true,
  reasons: [
    'not_permitted',
    'insufficient_scope',
    'not_owner',
    'forbidden',
    'wildcard_argument',
    'bulk_argument',
    'unbounded_query',
    'object_unresolved',
    'reserved_key',
    'policy_error',
    'policy_missing',
    'approval_required',
  ],
  reads: ['upstreams'],
  neverInShadow: 'authorization grants, so it can’t be in shadow',
  create: ({ catalog, policies }) =>
    function authorization({ call, facts, policy }: Envelope) {
      const tool = catalog.find(call.upstream, call.target);
      if (tool === undefined) return deny('not_permitted', advice.not_permitted);
      const active = policies.current(call.tenant);
      // The record names the policies that the evaluation began with, so no others may judge.
      if (active.digest !== policy)
        return deny('policy_missing', 'The rules changed while this call was judged. Send it again.');
      const { subject, agent, action, arguments: args } = call;
      const request = { subject, agent: agentName(agent), action, tool, arguments: args, facts };
      return { ...opinionOf(active.authorize(request)), ...(active.engine && { engine: active.engine }) };
    },
  probes: (ports) => [probe(ports)],
});

function opinionOf(answer: AccessAnswer) {
  const { rules } = answer;
  switch (answer.effect) {
    case 'allow':
      return allow({ rules });
    case 'hold':
      return hold('approval_required', answer.requirements, { rules });
    default: {
      const reason = Object.hasOwn(advice, answer.reason ?? '') ? answer.reason : 'policy_error';
      const { scopes } = answer;
      return deny(reason, answer.advice ?? advice[reason], { rules, ...(scopes && { scopes }) });
    }
  }
}

/** Arguments that could be taken for an entity reach the policy engine by no way. */
function probe({ catalog, policies }: GuardPorts): Probe {
  const tool = catalog.all().find(({ kind }) => kind === 'tool');
  const args = { 'self-check': { __entity: { type: 'Role', id: 'admin' } } };
  const made = probeEnvelope({ tool: tool ?? noSuchTool, arguments: args });
  return {
    about: 'authorization/reserved_key',
    envelopes: [{ ...made, policy: policies.current(made.call.tenant).digest }],
    expects: { effect: 'deny', reason: tool === undefined ? 'not_permitted' : 'reserved_key' },
    hint: 'The policy engine took an argument for an entity: please report this.',
  };
}
