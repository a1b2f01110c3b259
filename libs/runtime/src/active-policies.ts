import { resolve } from 'node:path';
import {
  type Catalog,
  type Config,
  type Finding,
  type Observer,
  type Policies,
  toolTarget,
} from '@sallyport/contracts';
import type { Definitions } from '@sallyport/definitions';
import { compilePolicies, type CrossCheck, type PolicyFile, type PolicyProblem } from '@sallyport/policy';
import { aboutFile, type FileProblem, type LoadedConfig, readPolicyFiles } from '@sallyport/config';

/** A policy set in force, with what it was made from. */
export interface ActivePolicies {
  readonly policies: Policies;
  readonly files: readonly PolicyFile[];
  /** The catalogue that they were compiled against. */
  readonly catalogVersion: number;
  /** What protects less than its author may believe. */
  readonly findings: readonly Finding[];
  /** What their author should look at; with file and line where it is about a policy. */
  readonly warnings: readonly FileProblem[];
}

export type PoliciesAnswer =
  | { readonly ok: true; readonly active: ActivePolicies }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

export interface CompileParts {
  readonly config: Config;
  readonly definitions: Pick<Definitions, 'catalog' | 'hasSpoken'>;
  readonly observer: Observer;
}

const crossChecks = new WeakMap<Observer, CrossCheck>();

/** One for each observer: what was found about the closures holds for policies that are compiled later, too. */
function crossCheckOf(observer: Observer): CrossCheck {
  const known = crossChecks.get(observer);
  if (known) return known;
  const check: CrossCheck = {
    sampleEvery: 100,
    onMismatch: ({ rules }) =>
      observer.incident(
        'policy_mismatch',
        `Cedar and its closures differ on ${rules.join(', ')}; Cedar judges all now`,
      ),
  };
  crossChecks.set(observer, check);
  return check;
}

/** Reads the policies that a configuration names and compiles them; problems name file and line. */
export async function loadPolicies(loaded: LoadedConfig, parts: Omit<CompileParts, 'config'>): Promise<PoliciesAnswer> {
  const directory = resolve(loaded.directory, loaded.config.policies);
  const files = await readPolicyFiles(directory).catch((error: Error) => error);
  if (!(files instanceof Error)) return compileFiles(files, { ...parts, config: loaded.config });
  const hint = 'policies: names a directory of .cedar files.';
  return { ok: false, problems: [aboutFile(directory, files.message, hint)] };
}

/** Compiles policy texts against the catalogue as it is now. */
export function compileFiles(
  files: readonly PolicyFile[],
  { config, definitions: { catalog, hasSpoken }, observer }: CompileParts,
): PoliciesAnswer {
  const unknown = unlisted(config, catalog);
  const catalogVersion = catalog.version;
  const compiled = compilePolicies({
    files,
    tools: catalog.all(),
    unknownActions: unknown.flatMap(({ action }) => action ?? []),
    unknownGroups: unknown.flatMap(({ groups }) => groups),
    unknownTypes: unknown.flatMap(({ types }) => types),
    silentUpstreams: Object.keys(config.upstreams).filter((id) => !hasSpoken(id)),
    crossCheck: crossCheckOf(observer),
  });
  if (!compiled.ok) return { ok: false, problems: compiled.problems.map(inFile) };
  const { policies, findings } = compiled;
  return { ok: true, active: { policies, findings, warnings: compiled.warnings.map(inFile), files, catalogVersion } };
}

function inFile({ hint, ...rest }: PolicyProblem): FileProblem {
  return { ...rest, hint: hint ?? '' };
}

interface Unlisted {
  /** Null of a prompt, which has none of its own. */
  readonly action: string | null;
  readonly groups: readonly string[];
  readonly types: readonly string[];
}

/** Tools and prompts that the configuration speaks of and no upstream has shown yet: policies about them are no mistake. */
function unlisted({ upstreams }: Config, catalog: Catalog): readonly Unlisted[] {
  return Object.entries(upstreams).flatMap(([upstream, { tools, prompts = {} }]) => [
    ...Object.entries(tools)
      .filter(([tool]) => catalog.find(upstream, toolTarget(tool))?.definition == null)
      .map(([tool, { groups, resources }]) => ({
        action: `${upstream}/${tool}`,
        groups,
        types: resources.map(({ type }) => type),
      })),
    ...Object.entries(prompts)
      .filter(([name]) => catalog.find(upstream, { kind: 'prompt', name })?.definition == null)
      .map(([, { resources }]) => ({ action: null, groups: [], types: resources.map(({ type }) => type) })),
  ]);
}
