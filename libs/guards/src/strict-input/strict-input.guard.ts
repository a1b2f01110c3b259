import {
  type Call,
  type CatalogTool,
  type GuardPorts,
  type JsonObject,
  type JsonValue,
  MOST_ARGUMENT_BYTES,
  type Probe,
  type SchemaError,
} from '@sallyport/contracts';
import { completionErrors } from './completion-errors.ts';
import { escapeToken, pointerGet } from '@sallyport/base';
import { bytesFor, MAX_BYTES, MAX_DEPTH } from '../argument-size.ts';
import { declaredPlaces } from '../declared-places.ts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { noSuchTool, probeEnvelope } from '../probe-envelope.ts';
import { hasReservedKey } from './reserved-keys.ts';

const MOST_ERRORS = 3;

/** Arguments that are too large, too deep, could be taken for an entity, break the tool's schema or the overlay, or name files of ours. */
export const strictInput = defineGuard({
  id: 'strict-input',
  station: 'gateway',
  grants: false,
  reasons: ['invalid_arguments', 'too_deep', 'too_large', 'reserved_key', 'own_files'],
  reads: ['upstreams'],
  create: ({ catalog, namesOwnFile }) =>
    function strictInput({ call, facts }) {
      const tool = catalog.find(call.upstream, call.target);
      if (facts.bytes > bytesFor(tool)) return deny('too_large', tooLarge(facts.bytes, bytesFor(tool)));
      if (facts.depth > MAX_DEPTH) return deny('too_deep', `The arguments are nested deeper than ${MAX_DEPTH} levels.`);
      if (hasReservedKey(call.arguments))
        return deny('reserved_key', 'The arguments hold a key that is reserved. Leave out names that begin with "__".');
      // A tool that is not approved has no schema that anybody vouched for; definition-pin refuses it.
      const errors = tool?.state === 'approved' ? errorsOf(call, tool) : [];
      if (tool !== undefined && errors.length > 0)
        return deny('invalid_arguments', told(errors), {
          detail: { errors: errors.length, at: declaredPlaces(errors, argumentsOf(tool)) },
        });
      const own = placeOfOwn(call, (text) => namesOwnFile(call.upstream, text));
      return own === null ? pass() : deny('own_files', ownFiles(own));
    },
  probes: ({ catalog }) => [
    probe('reserved_key', { arguments: { __entity: { type: 'Role', id: 'admin' } } }),
    probe('too_deep', { facts: { depth: MAX_DEPTH + 1 } }),
    probe('too_large', { facts: { bytes: MAX_BYTES + 1 } }),
    ...sizeProbes(catalog),
    ...schemaProbes(catalog),
  ],
});

/** Of a completion the protocol says what it takes, not what it completes (2025-11-25, server/utilities/completion). */
function errorsOf({ action, arguments: args }: Call, tool: CatalogTool): readonly SchemaError[] {
  return action === 'completion/complete' ? completionErrors(args) : tool.checkInput(args);
}

function tooLarge(bytes: number, most: number): string {
  const set = most < MOST_ARGUMENT_BYTES ? `, up to ${MOST_ARGUMENT_BYTES}` : '';
  return (
    `The arguments have ${bytes} bytes, and this tool takes ${most}. Send less at a time. ` +
    `The operator sets this in \`max_argument_bytes\` of the tool or its upstream${set}.`
  );
}

/** Where a call names a file of ours: the URI that it reads, or a pointer into its arguments; null where it names none. */
function placeOfOwn({ target, arguments: args }: Call, isOne: (text: string) => boolean): string | null {
  return target.kind === 'resource' && isOne(target.name) ? 'The URI' : placeOf(args, isOne);
}

/** The pointer to the first text or member name that is one; null where none is. */
function placeOf(value: JsonValue, isOne: (text: string) => boolean): string | null {
  if (typeof value === 'string') return isOne(value) ? '' : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, inner] of Object.entries(value)) {
    const found = isOne(name) ? '' : placeOf(inner, isOne);
    if (found !== null) return `/${escapeToken(name)}${found}`;
  }
  return null;
}

function ownFiles(pointer: string): string {
  return (
    `${pointer} names a file of Sallyport itself: its configuration, users, secrets, policies or record. No call may read or change them. ` +
    'The operator can keep them in a folder that no server is given.'
  );
}

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

/** One probe per tool that has a limit of its own. */
function sizeProbes(catalog: GuardPorts['catalog']): readonly Probe[] {
  return catalog.all().flatMap((tool) => {
    if (tool.maxArgumentBytes === undefined) return [];
    const about = `strict-input/too_large/${tool.upstream}/${tool.name}`;
    const facts = { bytes: tool.maxArgumentBytes + 1 };
    return [{ ...probe('too_large', {}), about, envelopes: [probeEnvelope({ tool, facts })] }];
  });
}

/** One probe per approved tool: a member that it does not name, or where it takes any, members of wrong types. */
function schemaProbes(catalog: GuardPorts['catalog']): readonly Probe[] {
  return catalog.all().flatMap((tool) => {
    if (tool.state !== 'approved' || tool.kind === 'resource') return [];
    const wrong = wrongArguments(tool).find((args) => tool.checkInput(args).length > 0);
    if (wrong === undefined) return [];
    const about = `strict-input/${tool.upstream}/${tool.name}`;
    return [{ ...probe('invalid_arguments', {}), about, envelopes: [probeEnvelope({ tool, arguments: wrong })] }];
  });
}

function namesOf(definition: CatalogTool['definition']): readonly string[] {
  return Object.keys(pointerGet(definition, '/inputSchema/properties') ?? {});
}

function argumentsOf({ definition }: CatalogTool): readonly string[] {
  return namesOf(definition).map((name) => `/${escapeToken(name)}`);
}

function wrongArguments({ definition }: CatalogTool): readonly JsonObject[] {
  const names = namesOf(definition);
  return [
    { 'self-check': true },
    Object.fromEntries(names.map((name) => [name, [[]]])),
    Object.fromEntries(names.map((name) => [name, false])),
  ];
}
