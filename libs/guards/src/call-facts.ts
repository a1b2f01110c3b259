import type { ArgumentFacts, Call, CatalogTool, JsonObject, NamedObject, ResourceRule } from '@sallyport/contracts';
import { canonical, isObject } from '@sallyport/base';
import { argumentFacts } from './argument-facts.ts';
import { templateValues } from './template-values.ts';

type Called = Pick<Call, 'action' | 'target' | 'arguments'>;
type Declared = Pick<CatalogTool, 'resources' | 'templates' | 'maxArgumentBytes'>;

/**
 * What a call alone tells, before anybody looks anything up. A tool or prompt names objects by its arguments, a resource by the variables
 * of each declared template that its URI may be of, a completion by what was chosen before: what is being completed is no name yet.
 *
 * @param tool what the call is of
 * @param bytes of the canonical form of the arguments, where somebody has printed it
 */
export function callFacts(
  { action, target, arguments: args }: Called,
  tool: Declared,
  bytes = Buffer.byteLength(canonical(args)),
): ArgumentFacts {
  if (action === 'completion/complete') return completionFacts(args, tool, bytes);
  if (target.kind !== 'resource') return argumentFacts(args, tool, bytes);
  const templates = tool.templates ?? [];
  const named = templates.map(({ template, resources }) => uriFacts(templateValues(template, target.name), resources));
  const own = argumentFacts(args, { ...tool, resources: [] }, bytes);
  return {
    ...own,
    objects: named.flatMap(({ objects }) => objects),
    bulk: Math.max(own.bulk, ...named.map(({ bulk }) => bulk)),
    wildcards: [...new Set([...own.wildcards, ...named.flatMap(({ wildcards }) => wildcards)])],
    unbounded: [...new Set([...own.unbounded, ...named.flatMap(({ unbounded }) => unbounded)])],
  };
}

const nothing = { objects: [], bulk: 0, wildcards: [], unbounded: [] } as const;

/** What a URI names that is of a template. A name that is not read leaves an object that can't be resolved. */
function uriFacts(
  read: ReturnType<typeof templateValues>,
  resources: readonly ResourceRule[],
): Omit<ArgumentFacts, 'bytes' | 'depth'> {
  if (read.kind === 'none') return nothing;
  if (read.kind === 'values') return argumentFacts({ ...read.values }, { resources });
  const unread = (rule: ResourceRule): NamedObject => ({ type: rule.type, id: '', pointer: `/${rule.argument}`, rule });
  return { ...nothing, objects: resources.map(unread), bulk: 1 };
}

function completionFacts(args: JsonObject, tool: Declared, bytes: number): ArgumentFacts {
  const context = args['context'];
  const given = isObject(context) && isObject(context['arguments']) ? (context['arguments'] as JsonObject) : {};
  const chosen = tool.resources.filter(({ argument }) => Object.hasOwn(given, argument));
  const { objects } = argumentFacts(given, { resources: chosen });
  const within = objects.map((object) => ({ ...object, pointer: `/context/arguments${object.pointer}` }));
  return { ...argumentFacts(args, { ...tool, resources: [] }, bytes), objects: within };
}
