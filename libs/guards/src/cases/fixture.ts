import {
  type AccessAnswer,
  type AccessRequest,
  type ApprovalView,
  type CatalogTool,
  type Config,
  type Counters,
  CountersUnavailable,
  type GuardPorts,
  type SchemaError,
  type SwitchTarget,
  targetText,
  tenantQuotas,
  type TenantQuotasInput,
  type Visibility,
} from '@sallyport/contracts';
import { completeConfigSchema } from '../complete-config.ts';

/** What a case says of Sallyport that judges its call. */
export interface FixtureInput {
  readonly config?: Record<string, unknown>;
  readonly tools?: readonly ToolInput[];
  /** What policies answer to every call. */
  readonly answer?: AccessAnswer;
  readonly visible?: Visibility;
  readonly approvals?: readonly ApprovalView[];
  readonly pending?: number;
  readonly refused?: number;
  /** Questions that the caller ever opened. */
  readonly asked?: number;
  readonly counters?: Counters;
  /** The switch that stops every call. */
  readonly stopped?: SwitchTarget;
  readonly connected?: boolean;
  /** What every tenant may use. */
  readonly quotas?: TenantQuotasInput;
  readonly now?: number;
}

export type ToolInput = Partial<Omit<CatalogTool, 'checkInput' | 'fit' | 'checkOutput'>> & {
  readonly errors_of_input?: readonly SchemaError[];
};

export const POLICY = `sha256:${'P'.repeat(43)}`;
export const DEFINITION = `sha256:${'D'.repeat(43)}`;

/** Counters whose store can't be reached. */
export const storeDown: Counters = {
  reserve: () => {
    throw new CountersUnavailable('down');
  },
  settle: () => undefined,
  restore: () => undefined,
};

/** The configuration of a case: defaults where it says nothing. */
export function configOf(input: Record<string, unknown> = {}): Config {
  return completeConfigSchema.parse({ upstreams: {}, ...input });
}

export interface Fixture {
  readonly ports: GuardPorts;
  readonly config: Config;
  /** What policies were asked. */
  readonly asked: AccessRequest[];
  readonly clock: { time: number };
}

/** Ports of an instance as a case wants it. Counters and approvals must be given to be there. */
export function fixture(input: FixtureInput = {}): Fixture {
  const clock = { time: input.now ?? 1_000_000 };
  const asked: AccessRequest[] = [];
  const tools = (input.tools ?? [{}]).map(toolOf);
  const policies = {
    digest: POLICY,
    authorize(request: AccessRequest) {
      asked.push(request);
      return input.answer ?? ({ effect: 'deny', rules: [], reason: 'not_permitted', advice: null } as const);
    },
    visible: () => input.visible ?? 'maybe',
    mayAsk: () => ({ effect: 'pass' as const }),
    explain: () => ({ visibility: input.visible ?? 'maybe', rules: [] }),
  };
  const quotas = input.quotas === undefined ? null : tenantQuotas.parse(input.quotas);
  const ports: GuardPorts = {
    catalog: {
      find: (upstream, target) =>
        tools.find((tool) => tool.upstream === upstream && targetText(tool) === targetText(target)),
      all: () => tools,
      version: 1,
    },
    policies: { current: () => policies },
    counters: input.counters ?? storeDown,
    approvals: {
      forCall: () => input.approvals ?? [],
      askedBy: () => ({ pending: input.pending ?? 0, total: input.asked ?? 0, refused: input.refused ?? 0 }),
    },
    signIns: { isConnected: async () => input.connected ?? false },
    switches: { stopping: () => input.stopped ?? null },
    quotas: { quotaOf: () => quotas },
    clock: { now: () => clock.time, monotonic: () => clock.time },
    namesOwnFile: (_, text) => text.startsWith('/own/'),
    ids: { ulid: () => '0'.repeat(26), random: (bytes) => Buffer.alloc(bytes, 7).toString('base64url') },
  };
  return { ports, config: configOf(input.config), asked, clock };
}

function toolOf({ errors_of_input = [], ...input }: ToolInput): CatalogTool {
  const definition = {
    name: 'cancel_order',
    inputSchema: { type: 'object', properties: { order_id: {}, amount: {} } },
  };
  return {
    upstream: 'orders',
    name: 'cancel_order',
    kind: 'tool',
    qualified: 'orders__cancel_order',
    state: 'approved',
    definition,
    digest: DEFINITION,
    offered: definition,
    effect: 'write',
    destructive: true,
    groups: [],
    resources: [],
    values: [],
    undeclared: [],
    errors: 'mask',
    checkInput: () => errors_of_input,
    fit: (args) => ({ arguments: args, leftOut: 0 }),
    checkOutput: null,
    ...input,
  };
}
