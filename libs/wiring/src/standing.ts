import { resolve } from 'node:path';
import { createIdentity, type DevelopmentUser, DevelopmentUsersError } from '@sallyport/adapter-identity';
import {
  type Clock,
  type GuardPorts,
  type Identity,
  type Observer,
  type Sanitize,
  type TenantRegister,
} from '@sallyport/contracts';
import { guards, settingsDigest } from '@sallyport/guards';
import type { Seat } from '@sallyport/pipeline';
import { createSanitize } from '@sallyport/sanitizers';
import type { Tenants } from '@sallyport/tenants';
import type { LoadedConfig } from './config.ts';
import type { FileProblem } from './config-problems.ts';
import { type ActivePolicies, loadPolicies } from './policies.ts';
import { sharingProblems } from './sharing.ts';
import { machineClock } from './system.ts';
import { loadUsers } from './users.ts';

/** What a process judges by: the policies in force and the guards made for them. */
export interface Judging {
  readonly loaded: LoadedConfig;
  readonly active: ActivePolicies;
  /** In the order of the walk. */
  readonly seats: readonly Seat[];
}

/** Everything that a reload replaces at once. A call uses one of these from beginning to end. */
export interface Standing extends Judging {
  readonly identity: Identity;
  /** Of development users. */
  readonly usersTenants: readonly string[];
  /** Judged at the gateway, before any lookup. */
  readonly doorSeats: readonly Seat[];
  /** Judged in the corridor. */
  readonly corridorSeats: readonly Seat[];
  readonly sanitize: Sanitize;
}

type Problems = { readonly ok: false; readonly problems: readonly FileProblem[] };
export type StandingAnswer = { readonly ok: true; readonly standing: Standing } | Problems;
export type JudgingAnswer = { readonly ok: true; readonly judging: Judging } | Problems;
type GuardParts = Omit<GuardPorts, 'policies'>;
/** What guards are made with, and who is asked at the door which tenants there are. */
export type StandingPorts = GuardParts & { readonly register: TenantRegister & Pick<Tenants, 'list'> };

/** Makes what a configuration asks for, or says what is wrong with it. Nothing is in force before the caller puts it there. */
export async function makeStanding(
  loaded: LoadedConfig,
  ports: StandingPorts,
  observer: Observer,
): Promise<StandingAnswer> {
  const made = await makeJudging(loaded, ports, observer);
  if (!made.ok) return made;
  const users = await usersOf(loaded);
  if (!users.ok) return users;
  const usersTenants = users.users.map(({ tenant }) => tenant);
  const sharing = sharingProblems(loaded.config, [...usersTenants, ...ports.register.list().map(({ id }) => id)]);
  if (sharing.length > 0)
    return { ok: false, problems: sharing.map(({ message, hint }) => problem(loaded.file, message, hint)) };
  // A token's end is by this machine's own clock: nobody else's may make an old one good.
  const given = { clock: machineClock, register: ports.register, users: users.users };
  const identity = makeIdentity(loaded, given, observer);
  if (!identity.ok) return identity;
  const sanitize = createSanitize(loaded.config);
  return { ok: true, standing: { ...divided(made.judging), identity: identity.identity, usersTenants, sanitize } };
}

/** The judging part alone, for a process without doors. */
export async function makeJudging(loaded: LoadedConfig, ports: GuardParts, observer: Observer): Promise<JudgingAnswer> {
  const made = await loadPolicies(loaded, { catalog: ports.catalog, observer });
  if (!made.ok) return made;
  return { ok: true, judging: judgingBy(loaded, made.active, ports) };
}

/** The same standing under other policies: for when the catalogue changed and they were compiled anew. */
export function withPolicies(standing: Standing, active: ActivePolicies, ports: GuardParts): Standing {
  return { ...standing, ...divided(judgingBy(standing.loaded, active, ports)) };
}

/** The guards of a configuration, made for these policies. */
export function judgingBy(loaded: LoadedConfig, active: ActivePolicies, ports: GuardParts): Judging {
  const { config } = loaded;
  const policies = { current: () => active.policies };
  const seats = guards.map((guard): Seat => ({
    id: guard.id,
    station: guard.station,
    grants: guard.grants,
    shadow: config.shadow.includes(guard.id),
    settings: settingsDigest(guard, config),
    judge: guard.create({ ...ports, policies }, config),
  }));
  return { loaded, active, seats };
}

function divided(judging: Judging): Judging & Pick<Standing, 'doorSeats' | 'corridorSeats'> {
  const of = (atDoor: boolean): Seat[] => judging.seats.filter(({ station }) => (station === 'gateway') === atDoor);
  return { ...judging, doorSeats: of(true), corridorSeats: of(false) };
}

/** Development users; none without a file of them. */
async function usersOf({ config, directory }: LoadedConfig): ReturnType<typeof loadUsers> {
  const { development } = config.identity;
  return development === undefined ? { ok: true, users: [] } : loadUsers(resolve(directory, development.users));
}

interface IdentityParts {
  readonly clock: Clock;
  readonly register: TenantRegister;
  readonly users: readonly DevelopmentUser[];
}

function makeIdentity(
  { config, file }: LoadedConfig,
  { clock, register, users }: IdentityParts,
  observer: Pick<Observer, 'trouble'>,
): { ok: true; identity: Identity } | Problems {
  try {
    const { identity, listen, tenants } = config;
    const unfit = (issuer: string, why: string): void => observer.trouble('token_unfit', `${issuer}: ${why}`);
    const more = { clock, register, admit: tenants.admit, privateIssuers: tenants.private_issuers, unfit };
    return { ok: true, identity: createIdentity({ config: identity, listen, users, ...more }) };
  } catch (error) {
    if (!(error instanceof DevelopmentUsersError)) throw error;
    return {
      ok: false,
      problems: [
        problem(file, error.message, 'Development users have fixed tokens: listen on 127.0.0.1, or use issuers.'),
      ],
    };
  }
}

function problem(file: string, message: string, hint: string): FileProblem {
  return { file, line: 1, column: 1, message, hint };
}
