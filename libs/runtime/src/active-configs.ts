import { serialize } from '@sallyport/base';
import { type FileProblem, type LoadedConfig, problemText } from '@sallyport/config';
import type { Observer } from '@sallyport/contracts';
import type { Definitions } from '@sallyport/definitions';
import type { Logger } from '@sallyport/service';
import { type ActiveConfig, type ActiveGuards, type EdgeAnswer, type GuardParts, guardsFor } from './active-config.ts';
import { declaredIn } from './declared.ts';
import { compileFiles, loadPolicies } from './active-policies.ts';
import { configuredProblems } from './unusable-tools.ts';

/** The configuration in force, and the one way to replace it: in one process, at a gateway and at a station. */
export interface ActiveConfigs<Active extends ActiveGuards = ActiveConfig> {
  /** Null before one could be taken. */
  current(): Active | null;
  /** Why what was tried last is not in force; empty when it is, and before anything was tried. */
  problems(): readonly FileProblem[];
  /** Notes why files could not even be tried, which leaves the last good ones in force. */
  reject(problems: readonly FileProblem[]): void;
  /** Has the definitions go by a configuration that is taken next, so that upstreams can be asked what they offer. */
  configure(loaded: LoadedConfig): void;
  /** Takes a configuration and its policies; resolves with why they can't be used, which leaves the last good ones in force. */
  take(loaded: LoadedConfig): Promise<readonly FileProblem[]>;
  /**
   * Compiles the policies again when the approved tools are others than before: those in force, not what lies on disk, which
   * may be a bad edit. What can't be compiled leaves the last good ones. While none is in force, the configuration that
   * could not be taken is tried again.
   */
  recompile(): Promise<void>;
}

export interface ActiveConfigsParts<Edge> {
  readonly definitions: Definitions;
  readonly ports: GuardParts;
  readonly observer: Observer;
  readonly logger: Pick<Logger, 'error'>;
  /** What belongs to a configuration beside its guards. */
  readonly edgeOf: (loaded: LoadedConfig) => Promise<EdgeAnswer<Edge>>;
  /** Called in the same moment in which a configuration comes into force. */
  readonly taken?: (loaded: LoadedConfig) => void;
}

type Made<Active> =
  { readonly ok: true; readonly made: Active } | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Why the last files are not in force, and why what is in force does not fit the catalogue as it is now. */
interface Why {
  readonly files: readonly FileProblem[];
  readonly catalogue: readonly FileProblem[];
}

const nothing: Why = { files: [], catalogue: [] };

/** Holds the configuration in force. None is before the first `take`. */
export function createActiveConfigs<Edge extends object>(
  parts: ActiveConfigsParts<Edge>,
): ActiveConfigs<ActiveGuards & Edge> {
  type Active = ActiveGuards & Edge;
  const { definitions, taken } = parts;
  const { catalog } = definitions;
  const turn = serialize();
  const configure = configuring(definitions);
  let current: Active | null = null;
  /** What could not be taken while none is in force. */
  let refused: LoadedConfig | null = null;
  let why = nothing;
  /** The catalogue that was compiled against last, with whatever success: against the same one it would be no other. */
  let tried = -1;
  let taking = false;

  async function replace(next: LoadedConfig): Promise<readonly FileProblem[]> {
    taking = true;
    try {
      configure(next);
      tried = catalog.version;
      const answer = await makeActive(parts, next);
      if (!answer.ok) {
        refused = next;
        why = { ...why, files: answer.problems };
        return answer.problems;
      }
      current = answer.made;
      refused = null;
      why = nothing;
      tried = current.active.catalogVersion;
      taken?.(next);
      return [];
    } finally {
      taking = false;
      if (current !== null) {
        configure(current.loaded);
        compileAgain(current);
      }
    }
  }

  function compileAgain(active: Active): void {
    if (tried === catalog.version) return;
    tried = catalog.version;
    const answer = compiledAgain(parts, active);
    if (answer.ok) current = answer.made;
    why = { ...why, catalogue: answer.ok ? [] : answer.problems };
  }

  const take = (loaded: LoadedConfig): Promise<readonly FileProblem[]> => turn(() => replace(loaded));

  return {
    current: () => current,
    problems: () => [...why.files, ...why.catalogue],
    reject: (files) => void (why = { ...why, files }),
    configure,
    take,
    async recompile() {
      // What is being taken sees the catalogue at its end.
      if (taking) return;
      if (current !== null) compileAgain(current);
      else if (refused !== null && tried !== catalog.version) await take(refused);
    },
  };
}

/** Configures definitions, once for each configuration. */
function configuring(definitions: Definitions): (loaded: LoadedConfig) => void {
  let configured: LoadedConfig | null = null;
  return function configure(loaded) {
    if (loaded === configured) return;
    configured = loaded;
    definitions.configure(declaredIn(loaded.config));
  };
}

/** What a configuration asks for, once it fits the definitions that are approved. */
async function makeActive<Edge extends object>(
  { definitions, ports, observer, edgeOf }: ActiveConfigsParts<Edge>,
  loaded: LoadedConfig,
): Promise<Made<ActiveGuards & Edge>> {
  const problems = configuredProblems(definitions, loaded);
  if (problems.length > 0) return { ok: false, problems };
  const policies = await loadPolicies(loaded, { definitions, observer });
  if (!policies.ok) return policies;
  const edge = await edgeOf(loaded);
  if (!edge.ok) return edge;
  return { ok: true, made: { ...guardsFor(loaded, policies.active, ports), ...edge.edge } };
}

/** The same configuration with its policies compiled against the catalogue as it is now. */
function compiledAgain<Active extends ActiveGuards>(
  { definitions, ports, observer, logger }: Omit<ActiveConfigsParts<never>, 'edgeOf'>,
  active: Active,
): Made<Active> {
  const { loaded } = active;
  const answer = compileFiles(active.active.files, { config: loaded.config, definitions, observer });
  if (answer.ok) return { ok: true, made: { ...active, ...guardsFor(loaded, answer.active, ports) } };
  const problems = answer.problems.map(problemText).join('\n');
  logger.error(`policies not reloaded, the last good policies stay\n${problems}`);
  return answer;
}
