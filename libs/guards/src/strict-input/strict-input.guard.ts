import type { CatalogTool, GuardPorts, JsonObject, Probe, SchemaError } from '@sallyport/contracts';
import { pointerGet } from '@sallyport/base';
import { MAX_BYTES, MAX_DEPTH } from '../argument-size.ts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { noSuchTool, probeEnvelope } from '../probe-envelope.ts';
import { hasReservedKey } from './reserved-keys.ts';

const MOST_ERRORS = 3;

/** Arguments that are too large, too deep, could be taken for an entity, or break the tool's schema or the overlay. */
export const strictInput = defineGuard({
  id: 'strict-input',
  station: 'gateway',
  grants: false,
  reasons: ['invalid_arguments', 'too_deep', 'too_large', 'reserved_key'],
  reads: ['upstreams'],
  create: ({ catalog }) =>
    function strictInput({ call, facts }) {
      if (facts.bytes > MAX_BYTES) return deny('too_large', `The arguments are larger than ${MAX_BYTES / 1024} KiB.`);
      if (facts.depth > MAX_DEPTH) return deny('too_deep', `The arguments are nested deeper than ${MAX_DEPTH} levels.`);
      if (hasReservedKey(call.arguments))
        return deny('reserved_key', 'The arguments hold a key that is reserved. Leave out names that begin with "__".');
      const tool = catalog.find(call.upstream, call.tool);
      // A tool that is not approved has no schema that anybody vouched for; definition-pin refuses it.
      if (tool?.state !== 'approved') return pass();
      const errors = tool.checkInput(call.arguments);
      if (errors.length === 0) return pass();
      return deny('invalid_arguments', told(errors), { detail: { errors: errors.length } });
    },
  probes: ({ catalog }) => [
    probe('reserved_key', { arguments: { __entity: { type: 'Role', id: 'admin' } } }),
    probe('too_deep', { facts: { depth: MAX_DEPTH + 1 } }),
    probe('too_large', { facts: { bytes: MAX_BYTES + 1 } }),
    ...schemaProbes(catalog),
  ],
});

function told(errors: readonly SchemaError[]): string {
  const lines = errors.slice(0, MOST_ERRORS).map(({ pointer, message }) => `${pointer || 'The arguments'} ${message}`);
  return `${lines.join('; ')}.`;
}

function probe(reason: string, more: { arguments?: JsonObject; facts?: { depth?: number; bytes?: number } }): Probe {
  return {
    about: `strict-input/${reason}`,
    envelopes: [probeEnvelope({ tool: noSuchTool, ...more })],
    expects: { effect: 'deny', reason },
    hint: 'This is a fault in Sallyport: please report it.',
  };
}

/** One probe per approved tool: a member that it does not name, or where it takes any, members of wrong types. */
function schemaProbes(catalog: GuardPorts['catalog']): readonly Probe[] {
  return catalog.all().flatMap((tool) => {
    if (tool.state !== 'approved') return [];
    const wrong = wrongArguments(tool).find((args) => tool.checkInput(args).length > 0);
    if (wrong === undefined) return [];
    const about = `strict-input/${tool.upstream}/${tool.name}`;
    return [{ ...probe('invalid_arguments', {}), about, envelopes: [probeEnvelope({ tool, arguments: wrong })] }];
  });
}

function wrongArguments({ definition }: CatalogTool): readonly JsonObject[] {
  const names = Object.keys(pointerGet(definition, '/inputSchema/properties') ?? {});
  return [
    { 'self-check': true },
    Object.fromEntries(names.map((name) => [name, [[]]])),
    Object.fromEntries(names.map((name) => [name, false])),
  ];
}
