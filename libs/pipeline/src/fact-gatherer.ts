import {
  type ArgumentFacts,
  type Call,
  type Catalog,
  type CatalogTool,
  type Clock,
  type Config,
  type FactGatherer,
  type Facts,
  type JsonObject,
  type JsonValue,
  type NamedObject,
  type Observer,
  type ResourceFact,
  type ResourceRule,
  type Upstream,
  toolTarget,
} from '@sallyport/contracts';
import { canonical, escapeToken, isObject, pointerGet } from '@sallyport/base';
import { subjectOf } from './append-budget.ts';
import { carried } from './carried.ts';
import { argumentsText } from './signing-input.ts';
import { createLookupAdmission, type LookupAdmission } from './lookup-admission.ts';
import { type OfferedParts, targetFactOf } from './target-facts.ts';

export interface FactParts extends Pick<OfferedParts, 'listed'> {
  /** What the call alone tells, and which objects it names. */
  readonly callFacts: (call: Call, tool: CatalogTool, bytes: number) => ArgumentFacts;
  readonly catalog: Catalog;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly clock: Clock;
  readonly resolvers: Config['resolvers'];
  readonly observer?: Pick<Observer, 'measured' | 'watched'>;
}

export interface Gatherer extends FactGatherer {
  /**
   * The facts that need no upstream; objects are named and unresolved, but for what the call itself is of, where it is no tool. For
   * guards that judge before lookups.
   *
   * @param tool the tool of the call; undefined where there is none, or its subject may not see it: then nothing is looked at
   */
  fromArguments(call: Call, tool: CatalogTool | undefined): Facts;
}

type Resolver = NonNullable<ResourceRule['resolver']>;
type Known = Pick<ResourceFact, 'owner' | 'version' | 'attributes'>;
type Found = Known | null;

const none: Facts = { bulk: 0, wildcards: [], unbounded: [], bytes: 0, depth: 0, resources: [] };
/** More named objects than this are not looked up one by one; they stay unresolved. */
const mostLookups = 20;

/** Finds out who owns what a call names, by read-only calls of our own to the declared resolver. Never throws. */
export function createFactGatherer(parts: FactParts): Gatherer {
  const gate = createLookupAdmission<Known>({ ...parts, limits: parts.resolvers });
  return {
    fromArguments(call, tool) {
      if (tool === undefined) return none;
      return withOwn(
        parts,
        call,
        withObjects(factsOf(parts, call, tool), () => null),
      );
    },
    async gather(call) {
      const tool = parts.catalog.find(call.upstream, call.target);
      if (tool === undefined) return none;
      const facts = factsOf(parts, call, tool);
      const found = await Promise.all(
        facts.objects.map((object, at) => (at < mostLookups ? lookUp(parts, gate, { call, tool, object }) : null)),
      );
      return withOwn(
        parts,
        call,
        withObjects(facts, (at) => found[at] ?? null),
      );
    },
  };
}

/** Before what it names, a call that is of no tool is judged as what it is of. */
function withOwn(parts: FactParts, call: Call, facts: Facts): Facts {
  const own = targetFactOf(call, parts);
  return own === null ? facts : { ...facts, resources: [own, ...facts.resources] };
}

/**
 * What the arguments tell, with places named by declared arguments alone: a member that the schema does not name was
 * named by the client, and what a client writes stays out of the record.
 */
function factsOf({ callFacts }: FactParts, call: Call, tool: CatalogTool): ArgumentFacts {
  const facts = callFacts(call, tool, Buffer.byteLength(argumentsText(call)));
  if (facts.wildcards.length === 0 && facts.unbounded.length === 0) return facts;
  const declared = declaredArguments(tool);
  const placed = (pointers: readonly string[]): string[] => [
    ...new Set(pointers.map((pointer) => placeOf(pointer, declared))),
  ];
  return { ...facts, wildcards: placed(facts.wildcards), unbounded: placed(facts.unbounded) };
}

/** The arguments that the schema names, as tokens of a pointer. */
function declaredArguments({ definition }: CatalogTool): ReadonlySet<string> {
  const schema = definition?.['inputSchema'];
  const properties = isObject(schema) ? schema['properties'] : undefined;
  return new Set(isObject(properties) ? Object.keys(properties).map(escapeToken) : []);
}

function placeOf(pointer: string, declared: ReadonlySet<string>): string {
  const first = pointer.split('/')[1] ?? '';
  return declared.has(first) ? `/${first}` : '/*';
}

function withObjects({ objects, ...facts }: ArgumentFacts, found: (at: number) => Found): Facts {
  const resources = objects.map(({ type, id, pointer }, at): ResourceFact => {
    const known = found(at);
    if (known === null) return { type, id, pointer, status: 'unresolved', owner: null, version: null, attributes: {} };
    return { type, id, pointer, status: 'resolved', ...known };
  });
  return { ...facts, resources };
}

interface Lookup {
  readonly call: Call;
  readonly tool: CatalogTool;
  readonly object: NamedObject;
}

async function lookUp(
  { upstreams, catalog, clock, observer }: FactParts,
  gate: LookupAdmission<Known>,
  { call, tool, object }: Lookup,
): Promise<Found> {
  const { resolver } = object.rule;
  const upstream = upstreams.get(call.upstream);
  if (resolver === undefined || upstream === undefined || object.id === '') return null;
  const { tenant } = call;
  const definition = catalog.find(call.upstream, toolTarget(resolver.tool))?.digest ?? null;
  return gate.through({
    // The whole resolver: two of one type may ask different tools, or read different owners in one answer.
    key: JSON.stringify([tenant, call.upstream, definition, resolver, object.id]),
    owner: { tenant, subject: subjectOf(call) },
    waitMs: resolver.timeout,
    // A write is judged on what is true now, not on what was true some seconds ago.
    ttlMs: tool.effect === 'read' ? resolver.ttl : 0,
    async fetch() {
      const asked = clock.monotonic();
      try {
        return await resolve(upstream, resolver, object.id);
      } finally {
        observer?.measured?.('lookup', call.upstream, clock.monotonic() - asked);
      }
    },
  });
}

/**
 * Asks one resolver for one object. It was not resolved where its owner or declared version is missing, where one of them is
 * neither a text nor a whole number that is carried as it was written, or where an attribute holds a number that is not: two
 * of them could look the same.
 */
export async function resolve(upstream: Upstream, resolver: Resolver, id: string): Promise<Found> {
  const answer = await answerAbout(upstream, resolver, id);
  return answer && described(answer, resolver);
}

/** What the resolver's tool says about one object; null where it fails. */
export async function answerAbout(upstream: Upstream, resolver: Resolver, id: string): Promise<JsonObject | null> {
  const outcome = await upstream.send(
    {
      action: 'tools/call',
      target: toolTarget(resolver.tool),
      arguments: { [resolver.argument]: id },
      traceparent: null,
    },
    {
      signal: AbortSignal.timeout(resolver.timeout),
      timeoutMs: resolver.timeout,
      progressToken: null,
      notify: () => undefined,
      ask: null,
      // With a session or program of our own: what a caller left in theirs must not answer who owns what.
      caller: null,
      session: null,
      beforeWrite: () => true,
    },
  );
  return outcome.kind !== 'result' || outcome.result['isError'] === true ? null : outcome.result;
}

/** The object as an answer describes it; null where that leaves it unresolved. */
export function described(answer: JsonObject, resolver: Resolver): Found {
  const owner = nameOf(pointerGet(answer, resolver.owner) ?? null);
  const version = resolver.version === undefined ? null : versionOf(pointerGet(answer, resolver.version));
  const attributes = attributesOf(answer, resolver.attributes);
  if (owner === null || owner === undefined || version === undefined || attributes === null) return null;
  return isRecordable({ owner, version, attributes }) ? { owner, version, attributes } : null;
}

/** A declared version. Where there is none, the object could change unseen after a person's yes: undefined, as for what is no name. */
function versionOf(value: JsonValue | undefined): string | undefined {
  return nameOf(value ?? null) || undefined;
}

/** Null where one of them holds a number that is not carried as it was written. */
function attributesOf(result: JsonObject, pointers: Resolver['attributes']): Known['attributes'] | null {
  const attributes: Record<string, JsonValue> = {};
  for (const [name, pointer] of Object.entries(pointers)) {
    const given = pointerGet(result, pointer);
    if (given === undefined) continue;
    const value = carried(given);
    if (value === undefined) return null;
    attributes[name] = value;
  }
  return attributes;
}

/** A text, or a whole number whose digits are those that were written. Null is none; undefined what is neither. */
function nameOf(value: JsonValue): string | null | undefined {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : undefined;
}

/** What has no canonical form (half a character, nesting without end) could not be recorded, nor could the decision on it. */
function isRecordable(found: Known): boolean {
  try {
    canonical({ ...found, attributes: { ...found.attributes } });
    return true;
  } catch {
    return false;
  }
}
