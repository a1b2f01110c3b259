import { personName, type Principal } from '@sallyport/contracts';
import type { AdminPorts } from '@sallyport/station-admin';
import type { ActRefusal } from '@sallyport/tenants';
import type { House } from './house.ts';
import { houseTenant } from './frame.ts';
import { type ReloadParts, reloadEverywhere } from './reload-everywhere.ts';
import type { Stores } from './stores.ts';
import { sharingProblems } from './sharing.ts';
import { systemClock } from './system.ts';
import { version } from './version.ts';

/** What the admin API asks of a house. */
export function adminPorts(house: House, stores: Stores, others?: ReloadParts['others']): AdminPorts {
  const started = house.standing().loaded.config;
  const startedAt = new Date(systemClock.now()).toISOString();
  /** Under the house's own key: what concerns every tenant is in its log. */
  const actorOf = async ({ subject }: Principal) => ({
    ref: await stores.directory.refOf(houseTenant, 'sub', personName(subject)),
    issuer: subject.issuer,
  });
  return {
    ...stores,
    identity: house.identity,
    approvals: house.desk,
    definitions: {
      list: () => house.definitions.list(),
      approve: async ({ by, ...request }) => house.definitions.approve({ ...request, by: await actorOf(by) }),
    },
    registry: {
      list: () => house.tenants.list(),
      get: (id) => house.tenants.get(id),
      switches: () => house.tenants.switches(),
      onboard: async (request) =>
        sharingRefusal(house, request.id) ?? house.tenants.onboard({ ...request, by: await actorOf(request.by) }),
      change: async (request) => house.tenants.change({ ...request, by: await actorOf(request.by) }),
      turn: async (request) => house.tenants.turn({ ...request, by: await actorOf(request.by) }),
    },
    status: () => ({
      version,
      node: process.version,
      boot: house.boot,
      startedAt,
      upstreams: house.upstreams.states().map(({ id, state, usage: { programs, sessions } }) => ({
        id,
        state,
        share: house.standing().loaded.config.upstreams[id]?.share ?? 'all',
        programs,
        sessions,
        tools: house.definitions.catalog.all().filter(({ upstream }) => upstream === id).length,
      })),
      findings: [...house.findings(), ...house.notServed()],
      policy: house.standing().active.policies.digest,
    }),
    check: () => house.check(),
    reload: () => reloadEverywhere({ house, started, others }),
    recordAct: house.acts.record,
    subscribe: (listener) => stores.subscribe(listener),
  };
}

/** A further tenant must not come to share a program in silence, nor keep the next start from its configuration. */
function sharingRefusal(house: House, tenant: string): ActRefusal | null {
  const { loaded, usersTenants } = house.standing();
  const onboarded = house.tenants.list().map(({ id }) => id);
  const problems = sharingProblems(loaded.config, [...usersTenants, ...onboarded, tenant]);
  const [first] = problems;
  if (first === undefined) return null;
  const detail = `${problems.map(({ message }) => message).join('. ')}. ${first.hint} Then reload.`;
  return { ok: false, reason: 'unusable', detail };
}
