import type { Config, DeclaredNumber, JsonObject, JsonValue, ResourceRule, ToolConfig } from '@sallyport/contracts';
import { isObject, nearestName, pointerTokens } from '@sallyport/base';
import { declaredOf } from '../catalog-tool.ts';
import { followPath, pathsIn, type Place } from './schema-path.ts';

export interface DeclaredRequest {
  readonly upstream: string;
  readonly kind: 'tool' | 'prompt' | 'template';
  readonly tool: string;
  /** The whole MCP definition of the tool; of what is none, with an input schema in its place. */
  readonly definition: JsonObject;
  readonly config: Pick<Config, 'upstreams'> & { readonly numbers: readonly DeclaredNumber[] };
  /** The definition of another tool of the same upstream; undefined where it is not known. */
  definitionOf(tool: string): JsonObject | undefined;
}

type Resolver = NonNullable<ResourceRule['resolver']>;

/**
 * Holds every place that the configuration names in a tool's arguments or results against the tool's schemas: resources, numbers,
 * and what resolvers ask and read. A place that does not exist would be skipped in every call, in silence.
 *
 * @param request a definition whose schemas are within budget
 * @returns what is wrong and what was probably meant, the first of it; null where every place exists
 */
export function declaredProblem(request: DeclaredRequest): string | null {
  const { upstream, config } = request;
  for (const problem of problemsOf(request, declaredOf(config.upstreams[upstream], request)))
    if (problem !== null) return problem;
  return null;
}

function* problemsOf(request: DeclaredRequest, declared: Partial<ToolConfig>): Generator<string | null> {
  const arguments_ = { ...request, overlay: declared.arguments as JsonObject | undefined };
  for (const { argument } of declared.resources ?? []) yield resourceProblem(arguments_, argument);
  for (const { argument } of declared.values ?? []) yield valueProblem(arguments_, argument);
  const numbers = request.kind === 'tool' ? request.config.numbers : [];
  for (const number of numbers) yield numberProblem(arguments_, number);
  for (const { resolver } of declared.resources ?? [])
    if (resolver !== undefined) yield resolverProblem(request, resolver);
}

interface Arguments extends DeclaredRequest {
  readonly overlay: JsonObject | undefined;
}

function resourceProblem(request: Arguments, path: string): string | null {
  const about = `resources: ${path}`;
  const place = placeOf(request, path, 'path');
  if (place.kind === 'missing') return notThere(about, request, place);
  if (place.types === 'any' || holdsId(place)) return null;
  if (!place.types.has('object')) return `${about} of ${nameOf(request)} can hold no id. ${write(null)}`;
  const below = pathsIn({ schema: inputOf(request), how: 'path' }).filter((one) =>
    one.startsWith(`${pointerOf(path)}/`),
  );
  const meant = below.find((one) => holdsId(placeOf(request, one, 'path'))) ?? null;
  return `${about} of ${nameOf(request)} is an object, and no id. ${write(meant)}`;
}

function valueProblem(request: Arguments, path: string): string | null {
  const place = placeOf(request, path, 'path');
  if (place.kind === 'missing') return notThere(`values: ${path}`, request, place);
  if (place.types === 'any' || place.types.has('string')) return null;
  return `values: ${path} of ${nameOf(request)} can hold no text. ${write(null)}`;
}

function holdsId(place: Place): boolean {
  return place.kind === 'found' && (place.types === 'any' || place.types.has('string') || place.types.has('number'));
}

function numberProblem(request: Arguments, number: DeclaredNumber): string | null {
  if (!isAbout(number, request)) return null;
  const { argument } = number;
  const about = `${number.about} ${argument}, which`;
  const place = placeOf(request, argument, 'pointer');
  if (place.kind === 'missing') return notThere(about, request, place);
  if (throughArray(request, argument))
    return `${about} is one element of an array of ${nameOf(request)}, so the others would cost nothing. ${write(null)}`;
  if (place.types === 'any' || place.types.has('number')) return null;
  return `${about} is no number in the input schema of ${nameOf(request)}. ${write(null)}`;
}

function throughArray(request: Arguments, pointer: string): boolean {
  const tokens = tokensOf(pointer);
  return tokens.some((_, at) => {
    const place = followPath({ schema: inputOf(request), tokens: tokens.slice(0, at), how: 'pointer', closed: true });
    return place.kind === 'found' && place.types !== 'any' && place.types.has('array') && !place.types.has('object');
  });
}

function resolverProblem(request: DeclaredRequest, resolver: Resolver): string | null {
  const definition = request.definitionOf(resolver.tool);
  if (definition === undefined) return null;
  const of = { ...request, tool: resolver.tool, definition };
  const about = `resources: resolver of ${nameOf(request)}`;
  const schema = inputOf(of);
  const asked = followPath({ schema, tokens: [resolver.argument], how: 'pointer', closed: true });
  if (asked.kind === 'missing') {
    const meant = asked.nearest === null ? null : asked.nearest.slice(1);
    return `${about}: ${resolver.argument} is not in the input schema of ${nameOf(of)}. ${write(meant)}`;
  }
  const { outputSchema } = definition;
  const pointers = [resolver.owner, resolver.version, ...Object.values(resolver.attributes)];
  for (const pointer of pointers) {
    const problem =
      pointer === undefined ? null : readProblem(about, pointer, isObject(outputSchema) ? outputSchema : null);
    if (problem !== null) return `${problem.what} ${nameOf(of)}. ${write(problem.meant)}`;
  }
  return null;
}

/** The members of a result (MCP, `CallToolResult`). */
const ofResult = ['structuredContent', 'content', '_meta'];

function readProblem(
  about: string,
  pointer: string,
  output: JsonObject | null,
): { readonly what: string; readonly meant: string | null } | null {
  const [first = '', ...rest] = tokensOf(pointer);
  if (!ofResult.includes(first)) {
    const meant = nearestName(first, ofResult);
    return meant === null
      ? null
      : { what: `${about}: ${pointer} is not in a result of`, meant: `/${[meant, ...rest].join('/')}` };
  }
  if (first !== 'structuredContent' || output === null) return null;
  const place = followPath({ schema: output, tokens: rest, how: 'pointer', closed: false });
  if (place.kind === 'found') return null;
  const meant = place.nearest === null ? null : `/structuredContent${place.nearest}`;
  return { what: `${about}: ${pointer} is not in the output schema of`, meant };
}

/** The overlay of the operator may name what a schema leaves open: then it is meant. */
function placeOf(request: Arguments, path: string, how: 'path' | 'pointer'): Place {
  const tokens = tokensOf(path);
  const place = followPath({ schema: inputOf(request), tokens, how, closed: true });
  if (place.kind === 'found' || !place.welcome || request.overlay === undefined) return place;
  const narrower = followPath({ schema: request.overlay, tokens, how, closed: true });
  return narrower.kind === 'found' ? narrower : place;
}

function notThere(about: string, request: DeclaredRequest, { nearest, welcome }: Place & { kind: 'missing' }): string {
  const meant =
    nearest ??
    pathsIn({ schema: inputOf(request), how: 'path' })
      .slice(0, 5)
      .join(', ');
  const advice = nearest === null && meant !== '' ? `There is: ${meant}.` : write(nearest);
  const both = nearest === null ? 'it' : 'both';
  const more = welcome ? ` If it does exist, name ${both} in the schema of \`arguments\`.` : '';
  return `${about} is not in the input schema of ${nameOf(request)}. ${advice}${more}`;
}

function write(meant: string | null): string {
  return meant === null ? 'Write the path of a value that is there.' : `Did you mean ${meant}?`;
}

function inputOf({ definition }: Pick<DeclaredRequest, 'definition'>): JsonObject {
  const schema: JsonValue | undefined = definition['inputSchema'];
  return isObject(schema) ? schema : {};
}

/** The configuration takes no malformed path, so there are tokens. */
function tokensOf(path: string): readonly string[] {
  const parsed = pointerTokens(path);
  return parsed.ok ? parsed.tokens : [path];
}

function pointerOf(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function nameOf({ upstream, tool }: Pick<DeclaredRequest, 'upstream' | 'tool'>): string {
  return `${upstream}/${tool}`;
}

function isAbout({ tool }: DeclaredNumber, { upstream, tool: name }: DeclaredRequest): boolean {
  return tool === undefined || tool === `${upstream}/${name}` || tool === `${upstream}/*`;
}
