import { dryRun, type SwitchTarget, type Target } from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { noSuchTool, probeEnvelope } from '../probe-envelope.ts';

/** What a person switched off is off: a tenant, a tool, an agent. Asks nothing but memory, so that nothing can be in its way. */
export const killSwitch = defineGuard({
  id: 'kill-switch',
  station: 'gateway',
  grants: false,
  reasons: ['tenant_suspended', 'tool_switched_off', 'agent_switched_off'],
  reads: [],
  neverInShadow: 'kill-switch must stop what is switched off',
  create: ({ switches }) =>
    function killSwitch({ call }) {
      const thrown = switches.stopping(call);
      if (thrown === null) return pass();
      const { reason, advice } = said[thrown.what];
      return deny(reason, advice(call.target), { rules: [ruleOf(thrown)] });
    },
  probes: () => [
    probe('tenant', { tenant: dryRun.tenant }),
    probe('tool', { tool: { ...noSuchTool, upstream: upstreamOff, name: toolOff } }),
    probe('agent', { agent: { id: dryRun.agent, verified: true } }),
  ],
});

const said = {
  tenant: {
    reason: 'tenant_suspended',
    advice: () => 'Your organisation is suspended here. Stop, and tell the person you work for.',
  },
  tool: { reason: 'tool_switched_off', advice: ({ kind }: Target) => `This ${kind} is switched off. Do without it.` },
  agent: {
    reason: 'agent_switched_off',
    advice: () => 'This program is switched off. Stop, and tell the person you work for.',
  },
} as const;

const [upstreamOff = '', toolOff = ''] = dryRun.tool.split('/');

/** `tool/orders/cancel_order`, `agent/cursor`; who else may be stopped by it is in the switch's own event. */
function ruleOf({ what, name }: SwitchTarget): string {
  return `${what}/${name}`;
}

function probe(what: SwitchTarget['what'], call: Partial<Parameters<typeof probeEnvelope>[0]>) {
  return {
    about: `kill-switch/${what}`,
    envelopes: [probeEnvelope({ tool: noSuchTool, ...call })],
    expects: { effect: 'deny', reason: said[what].reason },
    hint: 'This is a fault in Sallyport: please report it.',
  } as const;
}
