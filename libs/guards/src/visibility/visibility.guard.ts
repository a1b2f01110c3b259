import type { GuardPorts, Probe, Target } from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { noSuchTool, probeEnvelope, probeSubject } from '../probe-envelope.ts';

function advice({ kind }: Target): string {
  return `There is no such ${kind}. List the ${kind}s and use one of those.`;
}

/** A tool that does not exist, and a tool that no call of this subject could be allowed to use: both answer alike. */
export const visibility = defineGuard({
  id: 'visibility',
  station: 'gateway',
  grants: false,
  reasons: ['unknown_tool'],
  reads: ['upstreams'],
  create: ({ catalog, policies }) =>
    function visibility({ call }) {
      const tool = catalog.find(call.upstream, call.target);
      if (tool === undefined) return deny('unknown_tool', advice(call.target));
      const seen = policies.current(call.tenant).visible(call.subject, tool);
      return seen === 'maybe' || seen === 'confirm' ? pass() : deny('unknown_tool', advice(call.target));
    },
  probes: (ports) => [
    {
      about: 'visibility/unknown',
      envelopes: [probeEnvelope({ tool: noSuchTool })],
      expects: { effect: 'deny', reason: 'unknown_tool' },
      hint: 'This is a fault in Sallyport: please report it.',
    },
    ...hiddenProbe(ports),
  ],
});

/** Where policies hide some tool from somebody without roles, calling it must be refused. */
function hiddenProbe({ catalog, policies }: GuardPorts): readonly Probe[] {
  const active = policies.current(probeEnvelope({ tool: noSuchTool }).call.tenant);
  const hidden = catalog.all().find((tool) => active.visible(probeSubject, tool) === 'never');
  if (hidden === undefined) return [];
  return [
    {
      about: 'visibility/hidden',
      envelopes: [probeEnvelope({ tool: hidden })],
      expects: { effect: 'deny', reason: 'unknown_tool' },
      hint: `${hidden.upstream}/${hidden.name} is hidden from people without roles, but a call of theirs was not refused.`,
    },
  ];
}
