import { personName, type Principal, type Subject, type Target } from '@sallyport/contracts';
import type { AdminPorts, ViewOf } from '@sallyport/endpoint-admin';
import type { ActRefusal } from '@sallyport/tenants';
import {
  eraseSubject,
  reloadEverywhere,
  type ReloadParts,
  type Runtime,
  type Stores,
  systemClock,
  systemIds,
  systemTenant,
  toolViews,
  version,
} from '@sallyport/runtime';
import { sharingProblems } from '@sallyport/config';

/** What the admin API asks of an instance. */
export function adminPorts(runtime: Runtime, stores: Stores, others?: ReloadParts['others']): AdminPorts {
  const started = runtime.activeConfig().loaded.config;
  const startedAt = new Date(systemClock.now()).toISOString();
  /** By default as Sallyport's own log has them: what concerns every tenant is there. */
  const actorOf = async ({ subject }: Principal, tenant = systemTenant) => ({
    ref: await stores.directory.refOf(tenant, 'sub', personName(subject)),
    issuer: subject.issuer,
  });
  return {
    ...stores,
    identity: runtime.identity,
    approvals: runtime.approvals,
    definitions: {
      list: () => runtime.definitions.list(),
      seenBy(view) {
        const seen = subjectOf(runtime, view);
        if (seen === null) return null;
        const { tenant, ...subject } = seen;
        const { policies } = runtime.activeConfig().active;
        const stopping = (upstream: string, target: Target) =>
          runtime.tenants.stopping({ tenant, upstream, target, agent: noAgent });
        return toolViews({ definitions: runtime.definitions, policies, stopping }, subject);
      },
      approve: async ({ by, ...request }) => runtime.definitions.approve({ ...request, by: await actorOf(by) }),
    },
    registry: {
      list: () => runtime.tenants.list(),
      get: (id) => runtime.tenants.get(id),
      switches: () => runtime.tenants.switches(),
      onboard: async (request) =>
        sharingRefusal(runtime, request.id) ?? runtime.tenants.onboard({ ...request, by: await actorOf(request.by) }),
      change: async (request) => runtime.tenants.change({ ...request, by: await actorOf(request.by) }),
      turn: async (request) => runtime.tenants.turn({ ...request, by: await actorOf(request.by) }),
    },
    connections: runtime.connections,
    erase: async ({ by, ...request }) =>
      eraseSubject(erasing(runtime, stores), { ...request, by: await actorOf(by, request.tenant) }),
    status: () => ({
      version,
      node: process.version,
      boot: runtime.boot,
      startedAt,
      upstreams: runtime.upstreams.states().map(({ id, state, usage: { programs, sessions } }) => ({
        id,
        state,
        share: runtime.activeConfig().loaded.config.upstreams[id]?.share ?? 'all',
        programs,
        sessions,
        tools: runtime.definitions.catalog.all().filter(({ upstream }) => upstream === id).length,
      })),
      findings: [...runtime.findings(), ...runtime.notServed(), ...runtime.told(), ...runtime.faults()],
      policy: runtime.activeConfig().active.policies.digest,
    }),
    check: () => runtime.check(),
    reload: () => reloadEverywhere({ runtime, started, others }),
    recordAct: runtime.acts.record,
    subscribe: (listener) => stores.subscribe(listener),
  };
}

/** The issuers asked about are those that may speak for people of a tenant now; any other is found by its name. */
function erasing(runtime: Runtime, stores: Stores): Parameters<typeof eraseSubject>[0] {
  const ids = systemIds(systemClock);
  return {
    ...{ ...stores, approvals: runtime.approvals, clock: systemClock, ids },
    issuersOf(tenant) {
      const configured = runtime.activeConfig().loaded.config.identity.issuers;
      const onboarded = runtime.tenants.get(tenant)?.issuers ?? [];
      return [...configured, ...onboarded, { issuer: 'development' }].map(({ issuer }) => issuer);
    },
  };
}

/** A view is a person's, with whatever program. */
const noAgent = { id: '', verified: false };

/** A development user by name; anybody else has the roles that are said, in a tenant that need not be said. */
function subjectOf(runtime: Runtime, { as, tenant, roles }: ViewOf): (Subject & { readonly tenant: string }) | null {
  const { users, loaded } = runtime.activeConfig();
  const user = users.find((one) => one.subject === as && (tenant === null || one.tenant === tenant));
  if (user !== undefined) return { id: as, issuer: 'development', roles: user.roles ?? [], tenant: user.tenant };
  return roles.length === 0
    ? null
    : { id: as, issuer: loaded.config.identity.issuers?.[0]?.issuer ?? 'development', roles, tenant: tenant ?? '' };
}

/** A further tenant must not come to share a program in silence, nor keep the next start from its configuration. */
function sharingRefusal(runtime: Runtime, tenant: string): ActRefusal | null {
  const { loaded, usersTenants } = runtime.activeConfig();
  const onboarded = runtime.tenants.list().map(({ id }) => id);
  const problems = sharingProblems(loaded.config, [...usersTenants, ...onboarded, tenant]);
  const [first] = problems;
  if (first === undefined) return null;
  const detail = `${problems.map(({ message }) => message).join('. ')}. ${first.hint} Then reload.`;
  return { ok: false, reason: 'unusable', detail };
}
