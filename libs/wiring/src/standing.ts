import { resolve } from 'node:path';
import { createIdentity, DevelopmentUsersError } from '@sallyport/adapter-identity';
import type { Catalog, Clock, Config, GuardPorts, Identity, Observer, Policies, Sanitize } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import type { Seat } from '@sallyport/pipeline';
import { compilePolicies, type CrossCheck } from '@sallyport/policy';
import { createSanitize } from '@sallyport/sanitizers';
import type { LoadedConfig } from './config.ts';
import type { FileProblem } from './config-problems.ts';
import { readPolicyFiles } from './policy-files.ts';
import { loadUsers } from './users.ts';

/** Everything that a reload replaces at once. A call uses one of these from beginning to end. */
export interface Standing {
  readonly loaded: LoadedConfig;
  readonly identity: Identity;
  readonly policies: Policies;
  /** Judged at the gateway, before any lookup. */
  readonly doorSeats: readonly Seat[];
  /** Judged in the corridor. */
  readonly corridorSeats: readonly Seat[];
  readonly sanitize: Sanitize;
}

export type StandingAnswer =
  | { readonly ok: true; readonly standing: Standing }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Cedar looks over the shoulder of its closures at one read in so many; where they differ, Cedar wins and it is told. */
const crossCheckEvery = 100;

function tellOf(observer: Observer): CrossCheck['onMismatch'] {
  return ({ rules }) => observer.trouble('policy_mismatch', `Cedar and its closures differ on ${rules.join(', ')}`);
}

/** The policies as files, compiled against the catalogue; problems name file and line. */
export async function loadPolicies(
  loaded: LoadedConfig,
  catalog: Catalog,
  observer: Observer,
): Promise<{ ok: true; policies: Policies } | { ok: false; problems: readonly FileProblem[] }> {
  const directory = resolve(loaded.directory, loaded.config.policies);
  const files = await readPolicyFiles(directory).catch((error: Error) => error);
  if (files instanceof Error)
    return { ok: false, problems: [problem(directory, files.message, 'policies: names a directory of .cedar files.')] };
  const unknown = unlisted(loaded.config, catalog);
  const source = {
    files,
    tools: catalog.all(),
    unknownActions: unknown.map(({ action }) => action),
    unknownGroups: unknown.flatMap(({ groups }) => groups),
    crossCheck: { every: crossCheckEvery, onMismatch: tellOf(observer) },
  };
  const compiled = compilePolicies(source);
  if (compiled.ok) return { ok: true, policies: compiled.policies };
  return { ok: false, problems: compiled.problems.map(({ hint, ...rest }) => ({ ...rest, hint: hint ?? '' })) };
}

/** Tools that the configuration speaks of and no upstream has shown yet: policies about them are no mistake. */
function unlisted(
  { upstreams }: Config,
  catalog: Catalog,
): readonly { readonly action: string; readonly groups: readonly string[] }[] {
  return Object.entries(upstreams).flatMap(([upstream, { tools }]) =>
    Object.entries(tools)
      .filter(([tool]) => catalog.find(upstream, tool)?.definition == null)
      .map(([tool, { groups }]) => ({ action: `${upstream}/${tool}`, groups })),
  );
}

/** Makes what a configuration asks for, or says what is wrong with it. Nothing is in force before the caller puts it there. */
export async function makeStanding(
  loaded: LoadedConfig,
  ports: Omit<GuardPorts, 'policies'>,
  observer: Observer,
): Promise<StandingAnswer> {
  const made = await loadPolicies(loaded, ports.catalog, observer);
  if (!made.ok) return made;
  const identity = await makeIdentity(loaded, ports.clock);
  if (!identity.ok) return identity;
  const { policies } = made;
  const seats = seatsOf(loaded.config, { ...ports, policies: { current: () => policies } });
  const standing: Standing = {
    loaded,
    policies,
    identity: identity.identity,
    ...seats,
    sanitize: createSanitize(loaded.config),
  };
  return { ok: true, standing };
}

/** The same standing under other policies: for when the catalogue changed and they were compiled anew. */
export function withPolicies(standing: Standing, policies: Policies, ports: Omit<GuardPorts, 'policies'>): Standing {
  return {
    ...standing,
    policies,
    ...seatsOf(standing.loaded.config, { ...ports, policies: { current: () => policies } }),
  };
}

function seatsOf(config: Config, ports: GuardPorts): Pick<Standing, 'doorSeats' | 'corridorSeats'> {
  const seats = guards.map((guard) => ({
    at: guard.station === 'gateway' ? 'door' : 'corridor',
    seat: {
      id: guard.id,
      grants: guard.grants,
      shadow: config.shadow.includes(guard.id),
      judge: guard.create(ports, config),
    } satisfies Seat,
  }));
  const of = (place: string): Seat[] => seats.filter(({ at }) => at === place).map(({ seat }) => seat);
  return { doorSeats: of('door'), corridorSeats: of('corridor') };
}

async function makeIdentity(
  { config, directory }: LoadedConfig,
  clock: Clock,
): Promise<{ ok: true; identity: Identity } | { ok: false; problems: readonly FileProblem[] }> {
  const { development } = config.identity;
  const file = development === undefined ? null : resolve(directory, development.users);
  const users = file === null ? { ok: true as const, users: [] } : await loadUsers(file);
  if (!users.ok) return users;
  try {
    return {
      ok: true,
      identity: createIdentity({ config: config.identity, listen: config.listen, users: users.users, clock }),
    };
  } catch (error) {
    if (!(error instanceof DevelopmentUsersError)) throw error;
    return {
      ok: false,
      problems: [
        problem(
          file ?? directory,
          error.message,
          'Development users have fixed tokens: listen on 127.0.0.1, or use issuers.',
        ),
      ],
    };
  }
}

function problem(file: string, message: string, hint: string): FileProblem {
  return { file, line: 1, column: 1, message, hint };
}
