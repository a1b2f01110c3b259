import type { LoadedConfig } from '@sallyport/config';
import type { Catalog } from '@sallyport/contracts';
import { type PoliciesAnswer, loadPolicies } from './active-policies.ts';
import { approvedDefinitions } from './approved-definitions.ts';
import { declaredIn } from './declared.ts';
import { quiet } from './dry-run-parts.ts';
import type { Stores } from './stores.ts';
import { systemClock, systemIds } from './system.ts';
import { configuredProblems } from './unusable-tools.ts';

/** The policies of a configuration, and what the record has to check them against. */
export interface RecordedPolicies {
  /** Configured upstreams without an approved tool. */
  readonly unknown: readonly string[];
  /** `<upstream>/<tool>` of the other upstreams' tools that nobody approved. */
  readonly waiting: readonly string[];
  readonly catalog: Catalog;
  /** Compiles them against the approved definitions. */
  check(): Promise<PoliciesAnswer>;
}

/** Reads the approved definitions of a record. No server is started, and nothing is written. */
export async function recordedPolicies(
  record: Pick<Stores, 'journal' | 'texts'>,
  loaded: LoadedConfig,
): Promise<RecordedPolicies> {
  const definitions = approvedDefinitions(record, systemIds(systemClock));
  definitions.configure(declaredIn(loaded.config));
  await definitions.catchUp();
  const tools = definitions.list().filter(({ kind }) => kind === 'tool');
  const known = new Set(tools.filter(({ approved }) => approved !== null).map(({ upstream }) => upstream));
  return {
    unknown: Object.keys(loaded.config.upstreams).filter((id) => !known.has(id)),
    waiting: tools
      .filter(({ upstream, approved }) => approved === null && known.has(upstream))
      .map(({ upstream, tool }) => `${upstream}/${tool}`),
    catalog: definitions.catalog,
    async check() {
      const problems = configuredProblems(definitions, loaded);
      return problems.length > 0 ? { ok: false, problems } : loadPolicies(loaded, { definitions, observer: quiet });
    },
  };
}
