import {
  type Catalog,
  type CatalogTool,
  type Config,
  type Finding,
  type JsonObject,
  type ResourceRule,
  type Upstream,
  toolTarget,
} from '@sallyport/contracts';
import { pointerGet } from '@sallyport/base';
import { answerAbout, described, resolve } from './fact-gatherer.ts';
import { sharesOf } from './lookup-admission.ts';

export interface CheckResolversParts {
  readonly catalog: Catalog;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly resolvers: Config['resolvers'];
}

type Resolver = NonNullable<ResourceRule['resolver']>;

/** An id that no object has. */
const invented = 'sallyport-self-check-no-such-object';

/**
 * Proves of every configured resolver that it tells real objects from invented ones. The only probes that reach an
 * upstream: they call read-only tools.
 *
 * @returns one finding per resolver, and what their lookups may take; never throws
 */
export async function checkResolvers({
  catalog,
  upstreams,
  resolvers,
}: CheckResolversParts): Promise<readonly Finding[]> {
  const rules = catalog.all().flatMap((tool) => tool.resources.map((rule) => ({ tool, rule })));
  const findings = new Map<string, Promise<Finding>>();
  for (const { tool, rule } of rules) {
    const about = `resolver ${tool.upstream}/${tool.name} ${rule.argument} (${rule.type})`;
    const key = JSON.stringify([tool.upstream, rule.type, rule.resolver ?? tool.name]);
    if (!findings.has(key))
      findings.set(key, check({ about, tool, rule, catalog, upstream: upstreams.get(tool.upstream) }));
  }
  if (findings.size === 0) return [];
  return [...(await Promise.all(findings.values())), lookups(resolvers)];
}

function lookups(resolvers: Config['resolvers']): Finding {
  const { total, perTenant, perSubject } = sharesOf(resolvers);
  const flight = `${total} in flight, of them ${perTenant} of one tenant and ${perSubject} of one subject`;
  return { about: 'lookups', fires: true, detail: `at most ${flight}; ${resolvers.per_subject} a second`, hint: '' };
}

interface Check {
  readonly about: string;
  readonly tool: CatalogTool;
  readonly rule: ResourceRule;
  readonly catalog: Catalog;
  readonly upstream: Upstream | undefined;
}

async function check({ about, tool, rule: { resolver }, catalog, upstream }: Check): Promise<Finding> {
  const finding = (fires: boolean, detail: string, hint = ''): Finding => ({ about, fires, detail, hint });
  if (resolver === undefined)
    return {
      ...finding(false, 'has no resolver', 'Add resolver: to the resource, or every call that names one is refused.'),
      refuses: true,
    };
  const asked = catalog.find(tool.upstream, toolTarget(resolver.tool));
  if (asked === undefined)
    return finding(
      false,
      `${tool.upstream} has no tool ${resolver.tool}`,
      'Name a read-only tool of the same upstream.',
    );
  if (asked.effect !== 'read')
    return finding(
      false,
      `${resolver.tool} is not read-only`,
      `Set effect: read on ${resolver.tool} if it changes nothing.`,
    );
  if (upstream === undefined) return finding(false, 'the upstream is not there', 'Start the upstream.');
  return tell(upstream, resolver, finding);
}

async function tell(
  upstream: Upstream,
  resolver: Resolver,
  finding: (fires: boolean, detail: string, hint?: string) => Finding,
): Promise<Finding> {
  const ghost = await resolve(upstream, resolver, invented);
  if (ghost !== null)
    return finding(false, 'gives an owner for an object that does not exist', `Check owner: ${resolver.owner}.`);
  if (resolver.sample === undefined)
    return finding(true, 'an invented object has no owner (set sample: to prove that a real one has)');
  const { sample } = resolver;
  const answer = await answerAbout(upstream, resolver, sample);
  if (answer === null)
    return finding(false, `gets no answer about ${sample}`, 'Check tool, argument, and that the sample exists.');
  const missing = missingIn(answer, resolver);
  if (missing.length > 0)
    return finding(
      false,
      `the answer about ${sample} lacks ${missing.join(', ')}`,
      'Check these pointers, or name a sample that has it all: without owner or declared version an object is unresolved.',
    );
  if (described(answer, resolver) === null)
    return finding(
      false,
      `can't take the answer about ${sample}`,
      'Owner and version must be texts or whole numbers within 2^53; no attribute may hold a number that would be rounded.',
    );
  return finding(true, `finds the owner of ${sample}, and none of an invented object`);
}

/** The declared places in which an answer holds nothing, by name and pointer. */
function missingIn(answer: JsonObject, { owner, version, attributes }: Resolver): string[] {
  const isEmpty = (pointer: string): boolean => (pointerGet(answer, pointer) ?? null) === null;
  const missing = Object.entries(attributes).filter(([, pointer]) => isEmpty(pointer));
  if (version !== undefined && (isEmpty(version) || pointerGet(answer, version) === ''))
    missing.unshift(['version', version]);
  if (isEmpty(owner)) missing.unshift(['owner', owner]);
  return missing.map(([name, pointer]) => `${name} (${pointer})`);
}
