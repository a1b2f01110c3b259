import type { CatalogTool, Probe, ToolState } from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { noSuchTool, probeEnvelope, type ProbeTool } from '../probe-envelope.ts';

const operator = 'Do without it, or ask the operator to look at it.';

/** Only a tool whose definition somebody approved, which the upstream still offers so, and which the call was made for. */
export const definitionPin = defineGuard({
  id: 'definition-pin',
  station: 'gateway',
  grants: false,
  reasons: [
    'definition_unapproved',
    'definition_drifted',
    'definition_withdrawn',
    'definition_changed',
    'definition_unusable',
    'upstream_starting',
  ],
  reads: ['upstreams'],
  create: ({ catalog }) =>
    function definitionPin({ call }) {
      const tool = catalog.find(call.upstream, call.target);
      const { kind } = call.target;
      switch (tool?.state) {
        case 'approved':
          if (isPinned(tool) && call.definition === tool.digest) return pass();
          return deny(
            'definition_changed',
            `This ${kind} has just changed. List the ${kind}s again before you use it.`,
          );
        case 'drifted':
          return deny('definition_drifted', `This ${kind} changed since it was approved. ${operator}`);
        case 'withdrawn':
          return deny('definition_withdrawn', `This ${kind} is no longer offered. ${operator}`);
        case 'unusable':
          return deny('definition_unusable', `The configuration of this ${kind} does not fit it. ${operator}`);
        case 'starting':
          return deny('upstream_starting', `The server of this ${kind} is starting. Try again in some seconds.`);
        default:
          return deny('definition_unapproved', `This ${kind} was not approved yet. ${operator}`);
      }
    },
  probes: ({ catalog }) => [
    probe(noSuchTool, 'definition_unapproved'),
    ...catalog.all().map((tool) => probe(tool, reasonOf[tool.state])),
  ],
});

/** Single resources have no definition; policies speak of their URIs. */
function isPinned({ kind, digest }: CatalogTool): boolean {
  return digest !== null || kind === 'resource';
}

const reasonOf: Readonly<Record<ToolState, string>> = {
  approved: 'definition_changed',
  unapproved: 'definition_unapproved',
  drifted: 'definition_drifted',
  withdrawn: 'definition_withdrawn',
  unusable: 'definition_unusable',
  starting: 'upstream_starting',
};

/** A call that was made for another definition than the approved one. */
function probe(tool: ProbeTool, reason: string): Probe {
  return {
    about: `definition-pin/${tool.upstream}/${tool.name}`,
    envelopes: [probeEnvelope({ tool, definition: `sha256:${'B'.repeat(43)}` })],
    expects: { effect: 'deny', reason },
    hint: 'This is a fault in Sallyport: please report it.',
  };
}
