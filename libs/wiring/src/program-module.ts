import type { DynamicModule } from '@nestjs/common';
import { derived } from '@sallyport/base';
import { issuersFor, type Observer } from '@sallyport/contracts';
import {
  createHostCheck,
  createMetrics,
  type HealthCheck,
  type HealthChecks,
  HealthModule,
  type Metrics,
  MetricsModule,
} from '@sallyport/service';
import { AdminModule, carriesToken } from '@sallyport/endpoint-admin';
import { ConnectModule, countFailures, GatewayModule, type SignInAt } from '@sallyport/endpoint-mcp';
import { issuerSignIns } from './issuer-sign-ins.ts';
import { adminPorts } from './runtime-admin-ports.ts';
import {
  type ApproveWith,
  budgetsCheck,
  configurationCheck,
  type Runtime,
  type Services,
  type Stores,
  systemClock,
  systemIds,
  systemTenant,
  version,
} from '@sallyport/runtime';

export interface ProgramParts {
  readonly runtime: Runtime;
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly observer: Observer;
  readonly operatorToken: string;
  readonly approveWith: ApproveWith;
  readonly signInAt: SignInAt;
  /** What readiness asks beside Sallyport. */
  readonly checks?: HealthChecks;
  readonly services?: Pick<Services, 'reloadOthers' | 'others'>;
}

/** The root module of an instance with endpoints: one process, or a gateway among services. */
class Sallyport {}

/** All endpoints of an instance as one Nest module: MCP, admin API, health and metrics. */
export function programModule(parts: ProgramParts): DynamicModule {
  const { runtime, stores, metrics, observer, checks = () => [] } = parts;
  const { config } = runtime.activeConfig().loaded;
  const clock = systemClock;
  const floods = () => runtime.activeConfig().loaded.config.floods;
  const gateway = GatewayModule.register({
    gateway: runtime.gateway,
    identity: runtime.identity,
    issuersFor(tenant) {
      const { issuers } = runtime.activeConfig().loaded.config.identity;
      return tenant === null ? issuers : issuersFor(tenant, issuers, runtime.tenants);
    },
    config,
    clock,
    ids: systemIds(clock),
    keys: stores.keys,
    observer,
    version,
    approveWith: parts.approveWith,
    signInAt: parts.signInAt,
    floods,
    sessions: { ended: (id) => runtime.upstreams.endSession(id) },
    ...(parts.services && { others: parts.services.others }),
  });
  return {
    module: Sallyport,
    imports: [
      gateway,
      localModule(parts),
      HealthModule.register({ checks: async () => [...(await checks()), ...checksOf(runtime)] }),
      MetricsModule.register({ metrics }),
    ],
  };
}

/** What a process has whose client speaks over standard streams: the admin API, and the pages on which users sign in. */
class ForPeople {}

/** The admin API and the pages of an instance, as one Nest module. */
export function localModule(parts: LocalParts): DynamicModule {
  return { module: ForPeople, imports: [adminModule(parts), connectModule(parts)] };
}

type LocalParts = Pick<ProgramParts, 'runtime' | 'stores' | 'operatorToken' | 'services' | 'observer'>;

function connectModule({ runtime, stores, operatorToken, observer }: LocalParts): DynamicModule {
  const active = () => runtime.activeConfig();
  const clock = systemClock;
  return ConnectModule.register({
    config: active().loaded.config,
    identity: runtime.identity,
    keys: stores.keys,
    ids: systemIds(clock),
    clock,
    connectable: () => [...runtime.upstreams.all].flatMap(([id, { signIn }]) => (signIn == null ? [] : [id])),
    signInOf: (upstream) => runtime.upstreams.all.get(upstream)?.signIn ?? null,
    issuers: derived(active, ({ loaded }) => issuerSignIns(loaded)),
    isOperatorToken: (token) => carriesToken(`Bearer ${token}`, operatorToken),
    hasDevelopmentUsers: () => active().users.length > 0,
    failures: countFailures({ clock, floods: () => active().loaded.config.floods }),
    failed: (why) => observer.incident('sign_in_failed', why),
  });
}

function adminModule({ runtime, stores, operatorToken, services }: LocalParts): DynamicModule {
  const loaded = () => runtime.activeConfig().loaded;
  return AdminModule.register({
    ports: adminPorts(runtime, stores, services?.reloadOthers),
    operatorToken,
    systemTenant,
    checkHost: createHostCheck(loaded().config),
    failures: countFailures({ clock: systemClock, floods: () => loaded().config.floods }),
  });
}

/** Ready means: every upstream is up and listed, and the self-check found that everything configured fires or refuses. */
function checksOf(runtime: Runtime) {
  return [
    ...runtime.upstreams.states().map(upstreamCheck),
    budgetsCheck(runtime.budgets),
    selfCheckOf(runtime),
    notServedCheck(runtime),
    configurationCheck(runtime.notTaken()),
  ];
}

/** What refuses its calls makes nobody wait: it is served as it is configured, and told. */
function selfCheckOf(runtime: Runtime): HealthCheck {
  const silent = runtime.findings().filter(({ fires }) => !fires);
  const detail = silent.map((found) =>
    found.refuses ? `${found.about} ${found.detail}: its calls are refused` : found.about,
  );
  const ok = silent.every(({ refuses }) => refuses === true);
  return { name: 'self-check', ok, detail: detail.join(', ') || 'everything configured fires' };
}

function upstreamCheck({ id, state, recorded, why }: ReturnType<Runtime['upstreams']['states']>[number]): HealthCheck {
  const ok = state === 'up' && recorded;
  const waits = state === 'up' ? 'up, what it offers is not on record yet' : state;
  const fault = why === null ? waits : `${state}: ${why}`;
  return { name: `upstream/${id}`, ok, detail: ok ? state : fault };
}

/** A tool that its configuration does not fit is not served. The others are: an upstream must not be able to stop them. */
function notServedCheck(runtime: Runtime) {
  const tools = runtime.notServed().map(({ about, detail }) => `${about} ${detail}`);
  return { name: 'definitions', ok: true, detail: tools.join('; ') || 'every configured tool is as it is configured' };
}

/** Metrics over an instance that does not exist yet when they are made. */
export function runtimeMetrics(runtime: () => Runtime | null): Metrics {
  return createMetrics({
    isKnown(upstream, target) {
      const known = runtime()?.definitions.catalog.find(upstream, target);
      return known !== undefined && (known.digest !== null || known.kind === 'resource');
    },
    upstreams: () => (runtime()?.upstreams.states() ?? []).map(({ id, state, usage }) => [id, state, usage] as const),
  });
}
