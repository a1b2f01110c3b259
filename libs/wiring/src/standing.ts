import { resolve } from 'node:path';
import { createIdentity, DevelopmentUsersError } from '@sallyport/adapter-identity';
import type { Clock, Config, GuardPorts, Identity, Observer, Sanitize } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import type { Seat } from '@sallyport/pipeline';
import { createSanitize } from '@sallyport/sanitizers';
import type { LoadedConfig } from './config.ts';
import type { FileProblem } from './config-problems.ts';
import { type ActivePolicies, loadPolicies } from './policies.ts';
import { loadUsers } from './users.ts';

/** Everything that a reload replaces at once. A call uses one of these from beginning to end. */
export interface Standing {
  readonly loaded: LoadedConfig;
  readonly identity: Identity;
  readonly active: ActivePolicies;
  /** Judged at the gateway, before any lookup. */
  readonly doorSeats: readonly Seat[];
  /** Judged in the corridor. */
  readonly corridorSeats: readonly Seat[];
  readonly sanitize: Sanitize;
}

export type StandingAnswer =
  | { readonly ok: true; readonly standing: Standing }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Makes what a configuration asks for, or says what is wrong with it. Nothing is in force before the caller puts it there. */
export async function makeStanding(
  loaded: LoadedConfig,
  ports: Omit<GuardPorts, 'policies'>,
  observer: Observer,
): Promise<StandingAnswer> {
  const made = await loadPolicies(loaded, { catalog: ports.catalog, observer });
  if (!made.ok) return made;
  const identity = await makeIdentity(loaded, ports.clock);
  if (!identity.ok) return identity;
  const { active } = made;
  const seats = seatsOf(loaded.config, { ...ports, policies: { current: () => active.policies } });
  const standing: Standing = {
    loaded,
    active,
    identity: identity.identity,
    ...seats,
    sanitize: createSanitize(loaded.config),
  };
  return { ok: true, standing };
}

/** The same standing under other policies: for when the catalogue changed and they were compiled anew. */
export function withPolicies(
  standing: Standing,
  active: ActivePolicies,
  ports: Omit<GuardPorts, 'policies'>,
): Standing {
  const policies = { current: () => active.policies };
  return { ...standing, active, ...seatsOf(standing.loaded.config, { ...ports, policies }) };
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
