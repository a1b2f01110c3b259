import { resolve } from 'node:path';
import { createIdentity, type DevelopmentUser, DevelopmentUsersError, type Nonces } from '@sallyport/adapter-identity';
import {
  type Clock,
  type GuardPorts,
  type Identity,
  type Observer,
  type Sanitize,
  type TenantRegister,
  type UsedIds,
} from '@sallyport/contracts';
import { guards, settingsDigest } from '@sallyport/guards';
import type { BoundGuard } from '@sallyport/pipeline';
import { createSanitize, sanitizersWith } from '@sallyport/sanitizers';
import type { Tenants } from '@sallyport/tenants';
import {
  aboutFile,
  type FileProblem,
  type LoadedConfig,
  introspectionSecrets,
  loadUsers,
  ownFiles,
  ownKeyValues,
  sharingProblems,
} from '@sallyport/config';
import type { ActivePolicies } from './active-policies.ts';
import { machineClock } from './system.ts';

/** What a process judges by: the policies in force and the guards made for them. */
export interface ActiveGuards {
  readonly loaded: LoadedConfig;
  readonly active: ActivePolicies;
  /** In the order in which they are asked. */
  readonly boundGuards: readonly BoundGuard[];
  /** Judged at the gateway, before any lookup. */
  readonly gatewayGuards: readonly BoundGuard[];
  /** Judged between the services. */
  readonly stationGuards: readonly BoundGuard[];
}

/** What a process with endpoints has beside its guards: who calls, and what comes back clean. */
export interface Edge {
  readonly identity: Identity;
  /** Development users; none with real issuers. */
  readonly users: readonly DevelopmentUser[];
  /** Of development users. */
  readonly usersTenants: readonly string[];
  readonly sanitize: Sanitize;
}

/** Everything that a reload replaces at once. A call uses one of these from beginning to end. */
export type ActiveConfig = ActiveGuards & Edge;

type Problems = { readonly ok: false; readonly problems: readonly FileProblem[] };
export type EdgeAnswer<Made = Edge> = { readonly ok: true; readonly edge: Made } | Problems;
/** What guards are made with; what the configuration says is added. */
export type GuardParts = Omit<GuardPorts, 'policies' | 'namesOwnFile'>;
/** Who is asked at the gateway which tenants there are. */
export type EdgeRegister = TenantRegister & Pick<Tenants, 'list'>;

/** What outlasts a configuration: a reload makes no used proof good again. */
export interface EdgeParts {
  readonly register: EdgeRegister;
  readonly usedIds: UsedIds;
  readonly nonces: Nonces;
}

/** Makes what endpoints need of each configuration, or says what is wrong with it. */
export function createEdges(
  parts: EdgeParts,
  observer: Pick<Observer, 'incident'>,
): (loaded: LoadedConfig) => Promise<EdgeAnswer> {
  return (loaded) => createEdge(loaded, parts, observer);
}

async function createEdge(
  loaded: LoadedConfig,
  { register, ...proofs }: EdgeParts,
  observer: Pick<Observer, 'incident'>,
): Promise<EdgeAnswer> {
  const users = await usersOf(loaded);
  if (!users.ok) return users;
  const usersTenants = users.users.map(({ tenant }) => tenant);
  const sharing = sharingProblems(loaded.config, [...usersTenants, ...register.list().map(({ id }) => id)]);
  if (sharing.length > 0)
    return { ok: false, problems: sharing.map(({ message, hint }) => aboutFile(loaded.file, message, hint)) };
  // A token's end is by this machine's own clock: nobody else's may make an old one good.
  const identity = makeIdentity(loaded, { clock: machineClock, register, ...proofs, users: users.users }, observer);
  if (!identity.ok) return identity;
  return {
    ok: true,
    edge: { identity: identity.identity, users: users.users, usersTenants, sanitize: sanitizeFor(loaded, users.users) },
  };
}

/** Its own keys leave no server, whatever it reads. */
function sanitizeFor(loaded: LoadedConfig, users: readonly DevelopmentUser[]): Sanitize {
  return createSanitize(loaded.config, sanitizersWith([...users.map(({ token }) => token), ...ownKeyValues(loaded)]));
}

/** The guards of a configuration, made for these policies. */
export function guardsFor(loaded: LoadedConfig, active: ActivePolicies, ports: GuardParts): ActiveGuards {
  const { config } = loaded;
  const made: GuardPorts = { ...ports, policies: { current: () => active.policies }, namesOwnFile: ownFiles(loaded) };
  const boundGuards = guards.map((guard): BoundGuard => ({
    id: guard.id,
    station: guard.station,
    grants: guard.grants,
    shadow: config.shadow.includes(guard.id),
    settings: settingsDigest(guard, config),
    judge: guard.create(made, config),
  }));
  const { gatewayGuards = [], stationGuards = [] } = Object.groupBy(boundGuards, ({ station }) =>
    station === 'gateway' ? 'gatewayGuards' : 'stationGuards',
  );
  return { loaded, active, boundGuards, gatewayGuards, stationGuards };
}

/** Development users; none without a file of them. */
async function usersOf({ config, directory }: LoadedConfig): ReturnType<typeof loadUsers> {
  const { development } = config.identity;
  return development === undefined ? { ok: true, users: [] } : loadUsers(resolve(directory, development.users));
}

interface IdentityParts extends Omit<EdgeParts, 'register'> {
  readonly clock: Clock;
  readonly register: TenantRegister;
  readonly users: readonly DevelopmentUser[];
}

function makeIdentity(
  loaded: LoadedConfig,
  parts: IdentityParts,
  observer: Pick<Observer, 'incident'>,
): { ok: true; identity: Identity } | Problems {
  const { config, file } = loaded;
  try {
    const { identity, listen, tenants } = config;
    const clientSecrets = introspectionSecrets(loaded);
    const unfit = (issuer: string, why: string): void => observer.incident('token_unfit', `${issuer}: ${why}`);
    const more = { tenants, unfit, clientSecrets };
    return {
      ok: true,
      identity: createIdentity({ config: identity, listen, ...parts, ...more }),
    };
  } catch (error) {
    if (!(error instanceof DevelopmentUsersError)) throw error;
    return {
      ok: false,
      problems: [
        aboutFile(file, error.message, 'Development users have fixed tokens: listen on 127.0.0.1, or use issuers.'),
      ],
    };
  }
}
