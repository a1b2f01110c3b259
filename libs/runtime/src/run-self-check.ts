import { createMemoryCounters } from '@sallyport/adapter-memory';
import type { Catalog, Finding, GuardPorts } from '@sallyport/contracts';
import { ownFileFindings, ownFiles } from '@sallyport/config';
import type { Definitions } from '@sallyport/definitions';
import { guards } from '@sallyport/guards';
import { checkClientRequests, checkFloods, checkResolvers, selfCheck } from '@sallyport/pipeline';
import { checkSanitizers } from '@sallyport/sanitizers';
import { dryRunTenants } from '@sallyport/tenants';
import type { Dependencies } from './dependencies.ts';
import { httpLimits } from './http-limits.ts';
import { ownerFindings } from './owners.ts';
import { placeholderFindings } from './placeholders.ts';
import { sharingBounds } from './sharing-bounds.ts';
import { unlistedDeclared } from './unlisted-declared.ts';

/**
 * Sends a probe through every configured guard, limit, resolver and sanitizer, and says on the log what does not fire and did
 * before. Dry: counters are empty ones, nothing is recorded, and only the read-only resolvers reach an upstream.
 */
export async function runSelfCheck(dependencies: Dependencies): Promise<readonly Finding[]> {
  const { activeConfigs, definitions, ports, upstreams } = dependencies;
  const activeConfig = activeConfigs.current();
  if (activeConfig === null) return [];
  const { policies, findings } = activeConfig.active;
  const { config } = activeConfig.loaded;
  const tenants = dryRunTenants();
  const dryRun = (): GuardPorts => ({
    ...ports,
    policies: { current: () => policies },
    counters: createMemoryCounters({ clock: ports.clock }),
    approvals: { forCall: () => [], askedBy: () => ({ pending: 0, total: 0, refused: 0 }) },
    switches: tenants,
    quotas: tenants,
    namesOwnFile: ownFiles(activeConfig.loaded),
  });
  const [guarded, resolvers] = await Promise.all([
    selfCheck({ guards, config, dryRun, hasSpoken: definitions.hasSpoken }),
    checkResolvers({ catalog: spoken(definitions), upstreams: upstreams.all, resolvers: config.resolvers }),
  ]);
  const further = [
    ...unlistedDeclared(config, definitions),
    ...ownerFindings(config),
    ...placeholderFindings(activeConfig.loaded),
    ...checkFloods(config),
    ...checkSanitizers(config),
    ...checkClientRequests(config),
    ...sharingBounds(config),
    ...ownFileFindings(activeConfig.loaded),
  ];
  const known = silent(dependencies.findings);
  dependencies.findings = [...guarded, ...findings, ...resolvers, ...further, httpLimits(config)];
  // A dry run is asked for its findings.
  const news = dependencies.dryRun ? [] : silent(dependencies.findings).filter((text) => !known.includes(text));
  for (const text of news) dependencies.logger.error(text);
  return dependencies.findings;
}

/** What never fires, and why. */
function silent(findings: readonly Finding[]): readonly string[] {
  const found = findings.filter(({ fires }) => !fires);
  return found.map(
    ({ about, detail, hint, refuses }) => `${about}${refuses === true ? '' : ' never fires'}: ${detail}. ${hint}`,
  );
}

/** The tools of upstreams that have said what they offer: of others nothing can be asked yet. */
function spoken({ catalog, hasSpoken }: Definitions): Catalog {
  const all = catalog.all().filter(({ upstream }) => hasSpoken(upstream));
  return { version: catalog.version, all: () => all, find: catalog.find };
}
