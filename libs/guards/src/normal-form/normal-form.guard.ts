import type { GuardPorts, Probe } from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { argumentsWith, probeEnvelope } from '../probe-envelope.ts';
import { declaredPlaces } from '../declared-places.ts';
import { uriFault } from './uri-form.ts';
import { valueErrors } from './value-errors.ts';

const MOST_ERRORS = 3;

/** Paths and URIs have one spelling only, so that no other spelling gets around a rule on them. */
export const normalForm = defineGuard({
  id: 'normal-form',
  station: 'gateway',
  grants: false,
  reasons: ['not_normal_form'],
  reads: ['upstreams'],
  neverInShadow: 'normal-form keeps from policies what they can’t judge; leave `values` out instead',
  create: ({ catalog }) =>
    function normalForm({ call }) {
      const wrongUri = call.target.kind === 'resource' ? uriFault(call.target.name) : null;
      if (wrongUri !== null) return deny('not_normal_form', `The URI ${wrongUri}.`);
      const rules = catalog.find(call.upstream, call.target)?.values ?? [];
      const errors = call.action === 'completion/complete' ? [] : valueErrors(rules, call.arguments);
      if (errors.length === 0) return pass();
      const told = errors.slice(0, MOST_ERRORS).map(({ pointer, message }) => `${pointer} ${message}`);
      return deny('not_normal_form', `${told.join('; ')}.`, {
        detail: {
          errors: errors.length,
          at: declaredPlaces(
            errors,
            rules.map(({ argument }) => argument),
          ),
        },
      });
    },
  probes: ({ catalog }) => catalog.all().flatMap(probesOf),
});

/** A spelling that is in no normal form, at the place of each rule. */
const wrong = 'a/../b';

function probesOf(tool: ReturnType<GuardPorts['catalog']['all']>[number]): readonly Probe[] {
  return tool.values
    .filter(({ kind }) => kind !== 'text')
    .map((rule) => ({
      about: `normal-form/${tool.upstream}/${tool.name} ${rule.argument} (${rule.kind})`,
      envelopes: [probeEnvelope({ tool, arguments: argumentsWith(rule.argument, wrong) })],
      expects: { effect: 'deny', reason: 'not_normal_form' },
      hint: 'This is a fault in Sallyport: please report it.',
    }));
}
