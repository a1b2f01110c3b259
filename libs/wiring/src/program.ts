import type { DynamicModule } from '@nestjs/common';
import type { Observer } from '@sallyport/contracts';
import {
  createHostCheck,
  createMetrics,
  type HealthChecks,
  HealthModule,
  type Logger,
  type Metrics,
  MetricsModule,
} from '@sallyport/service';
import { commandName } from '@sallyport/spelling';
import { AdminModule } from '@sallyport/station-admin';
import { countFailures, GatewayModule } from '@sallyport/station-gateway';
import { adminPorts } from './admin-desk.ts';
import { houseTenant } from './frame.ts';
import type { House, Services } from './house.ts';
import type { Stores } from './stores.ts';
import { budgetsCheck } from './restore-budgets.ts';
import { systemClock, systemIds } from './system.ts';
import { version } from './version.ts';

export interface ProgramParts {
  readonly house: House;
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly observer: Observer;
  readonly operatorToken: string;
  /** What readiness asks beside the house. */
  readonly checks?: HealthChecks;
  readonly services?: Pick<Services, 'reloadOthers'>;
}

/** The root module of a house with doors: one process, or a gateway among services. */
class Sallyport {}

/** All doors of a house as one Nest module: MCP, admin API, health and metrics. */
export function programModule(parts: ProgramParts): DynamicModule {
  const { house, stores, metrics, observer, checks = () => [] } = parts;
  const { config } = house.standing().loaded;
  const clock = systemClock;
  const floods = () => house.standing().loaded.config.floods;
  const gateway = GatewayModule.register({
    passage: house.passage,
    identity: house.identity,
    config,
    clock,
    ids: systemIds(clock),
    keys: stores.keys,
    observer,
    version,
    approveWith: (approval) => `${commandName(process)} approve ${approval}`,
    floods,
    sessions: { ended: (id) => house.upstreams.endSession(id) },
  });
  return {
    module: Sallyport,
    imports: [
      gateway,
      adminModule(parts),
      HealthModule.register({ checks: async () => [...(await checks()), ...checksOf(house)] }),
      MetricsModule.register({ metrics }),
    ],
  };
}

/** The admin API alone: for a process whose client speaks over standard streams. */
export function adminModule({
  house,
  stores,
  operatorToken,
  services,
}: Pick<ProgramParts, 'house' | 'stores' | 'operatorToken' | 'services'>): DynamicModule {
  const loaded = () => house.standing().loaded;
  return AdminModule.register({
    ports: adminPorts(house, stores, services?.reloadOthers),
    operatorToken,
    houseTenant,
    checkHost: createHostCheck(loaded().config),
    failures: countFailures({ clock: systemClock, floods: () => loaded().config.floods }),
  });
}

/** Ready means: every upstream is up and listed, and the self-check found that everything configured fires. */
function checksOf(house: House) {
  const silent = house.findings().filter(({ fires }) => !fires);
  return [
    ...house.upstreams.states().map(({ id, state }) => ({ name: `upstream/${id}`, ok: state === 'up', detail: state })),
    budgetsCheck(house.budgets),
    {
      name: 'self-check',
      ok: silent.length === 0,
      detail: silent.map(({ about }) => about).join(', ') || 'everything configured fires',
    },
    notServedCheck(house),
  ];
}

/** A tool that its configuration does not fit is not served. The others are: an upstream must not be able to stop them. */
function notServedCheck(house: House) {
  const tools = house.notServed().map(({ about, detail }) => `${about} ${detail}`);
  return { name: 'definitions', ok: true, detail: tools.join('; ') || 'every configured tool is as it is configured' };
}

/** Metrics over a house that does not exist yet when they are made. */
export function houseMetrics(house: () => House | null): Metrics {
  return createMetrics({
    isTool: (upstream, tool) => house()?.definitions.catalog.find(upstream, tool)?.digest != null,
    upstreams: () => (house()?.upstreams.states() ?? []).map(({ id, state, usage }) => [id, state, usage] as const),
  });
}

/** Says on the log what the self-check found silent. */
export function reportFindings(house: House, logger: Logger): void {
  for (const { about, detail, hint, fires } of house.findings())
    if (!fires) logger.error(`${about} never fires: ${detail}. ${hint}`);
}
