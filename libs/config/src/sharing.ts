import type { Config, ConfigProblem } from '@sallyport/contracts';

/** Tenants named in a problem. */
const mostNamed = 5;

/** What to write where there is such a problem. */
const hint =
  'Say who may: `share: subject` (a program for each person), `share: tenant` (one for each tenant), or `share: all` for a program that keeps nothing of its callers.';

/** Programs whose configuration does not say who shares them. */
function undecided({ upstreams }: Config): string[] {
  return Object.entries(upstreams).flatMap(([id, upstream]) =>
    'command' in upstream && upstream.share === undefined ? [id] : [],
  );
}

/** Tenants that the configuration names; null for any number of them. */
function issuersTenants({ identity }: Config): string[] | null {
  const named = identity.issuers.map(({ tenant }) => ('fixed' in tenant ? tenant.fixed : null));
  return named.includes(null) ? null : named.filter((tenant) => tenant !== null);
}

/**
 * What is wrong with programs that several tenants would share without anybody having said so. What one tenant's call leaves
 * in a program, another's call can see or end.
 *
 * @param tenants those that are known beside the configuration's own: development users' and onboarded ones
 */
export function sharingProblems(config: Config, tenants: readonly string[] = []): ConfigProblem[] {
  const ids = issuersTenants(config);
  const known = [...new Set([...(ids ?? []), ...tenants])];
  if (ids !== null && known.length < 2) return [];
  const whose = ids === null ? 'whatever tenants tokens name' : `tenants ${known.slice(0, mostNamed).join(', ')}`;
  return undecided(config).map((id) => {
    const message = `upstreams.${id}: ${whose} would share this program, with all that it keeps`;
    return { path: ['upstreams', id], message, hint };
  });
}

/** Bounds that are set where there is only one program. They have no effect, and that is reported. */
export function idleSharing({ upstreams }: Config): ConfigProblem[] {
  return Object.entries(upstreams).flatMap(([id, upstream]) => {
    if (!('command' in upstream) || (upstream.share ?? 'all') !== 'all') return [];
    const written = (['max_programs', 'max_programs_per_subject', 'idle'] as const).filter(
      (name) => upstream[name] !== undefined,
    );
    return written.map((name) => {
      const message = `upstreams.${id}.${name}: all share one program, so this has no effect`;
      return { path: ['upstreams', id, name], message, hint: 'Take it out, or write share: subject or share: tenant.' };
    });
  });
}
