import {
  type EventData,
  type EventType,
  isTenantId,
  type SwitchTarget,
  tenantIdRule,
  type TenantIssuer,
  tenantIssuer,
  type TenantIssuerInput,
  tenantQuotas,
  type TenantQuotasInput,
} from '@sallyport/contracts';
import { canonical } from '@sallyport/base';
import { issuerFault } from './issuer-fault.ts';
import { type Registry, switchesStream, type Tenant, tenantsStream } from './registry.ts';

/** Who does it, by pseudonym, and why, as a snake_case code. */
export interface Actor {
  readonly by: { readonly ref: string; readonly issuer: string };
  readonly reason?: string | null | undefined;
}

export interface TenantInput {
  readonly name?: string | null | undefined;
  /** All issuers of the tenant, not only new ones. */
  readonly issuers?: readonly TenantIssuerInput[] | undefined;
  /** All quotas of the tenant. */
  readonly quotas?: TenantQuotasInput | undefined;
}

export interface OnboardRequest extends TenantInput, Actor {
  readonly id: string;
}

export interface ChangeRequest extends OnboardRequest {
  readonly state?: 'active' | 'suspended' | undefined;
  /** The version that was looked at: the change is refused when there is another one by now. */
  readonly version?: number | undefined;
}

/** An event and where it goes. */
export interface Fact {
  readonly stream: string;
  readonly type: EventType;
  readonly data: EventData['tenant.onboarded' | 'tenant.changed' | 'switch.thrown' | 'switch.cleared'];
}

export interface ActRefusal {
  readonly ok: false;
  readonly reason: 'exists' | 'unknown' | 'issuer_taken' | 'unusable' | 'changed' | 'conflict';
  readonly detail: string;
}

/** What an act comes to: facts for the record (none when nothing would change), or why not. */
export type Decided = { readonly ok: true; readonly facts: readonly Fact[] } | ActRefusal;

/** What acts are decided by. */
export interface ActContext {
  readonly registry: Registry;
  readonly systemTenant: string;
  /** Issuers that the configuration names: they belong to no tenant of the registry. */
  readonly configured: () => readonly string[];
  readonly named: () => readonly string[];
}

/** A new tenant; refused where there is one of that id, or where an issuer is somebody else's. */
export function onboard(context: ActContext, request: OnboardRequest): Decided {
  const { id } = request;
  if (!isTenantId(id)) return refused('unusable', `A tenant’s id has ${tenantIdRule}.`);
  if (context.registry.tenants.has(id)) return refused('exists', `The tenant ${id} is onboarded already.`);
  const made = tenantOf(context, request, { name: null, issuers: [], quotas: {} });
  return 'ok' in made ? made : { ok: true, facts: [tenantFact('tenant.onboarded', context, request, made)] };
}

/** Another name, issuers, quotas or state of a tenant; what is not named stays. */
export function change(context: ActContext, request: ChangeRequest): Decided {
  const { id, state, version } = request;
  const before = context.registry.tenants.get(id);
  if (before === undefined) return refused('unknown', `There is no onboarded tenant ${id}.`);
  if (version !== undefined && version !== before.version)
    return refused('changed', `The tenant ${id} was changed since you looked at it. Look again.`);
  const made = tenantOf(context, request, before);
  if ('ok' in made) return made;
  const target = { what: 'tenant', name: id, of: null } as const;
  const switched = state === undefined ? [] : switchFacts(context, { ...request, target, off: state === 'suspended' });
  const touched = canonical(stateOf(id, made)) !== canonical(stateOf(id, before));
  return { ok: true, facts: [...(touched ? [tenantFact('tenant.changed', context, request, made)] : []), ...switched] };
}

/** Throws or clears a switch; without a fact where it stands so already. */
export function setSwitch(
  context: ActContext,
  request: Actor & { readonly target: SwitchTarget; readonly off: boolean },
): Decided {
  const { what, name, of } = request.target;
  const tenant = what === 'tenant' ? name : of;
  if (tenant !== null && !isTenantId(tenant)) return refused('unusable', `A tenant’s id has ${tenantIdRule}.`);
  if (what === 'tenant' && of !== null) return refused('unusable', 'A tenant is switched off for all of its calls.');
  if (what === 'tool' && !/^[^/]+\/.+$/s.test(name)) return refused('unusable', 'A tool is <upstream>/<tool>.');
  return { ok: true, facts: switchFacts(context, request) };
}

function switchFacts(
  { registry, systemTenant }: ActContext,
  { target, off, by, reason = null }: Actor & { readonly target: SwitchTarget; readonly off: boolean },
): readonly Fact[] {
  if ((registry.switches.get(target) !== undefined) === off) return [];
  const { what, name, of } = target;
  const data = { tenant: systemTenant, what, name, of, actor: { ...by }, reason };
  return [{ stream: switchesStream, type: off ? 'switch.thrown' : 'switch.cleared', data }];
}

type Made = Pick<Tenant, 'name' | 'issuers' | 'quotas'>;

/** The tenant as it will be: what is not given stays as it was. */
function tenantOf(context: ActContext, { id, name, issuers, quotas }: OnboardRequest, before: Made): Made | ActRefusal {
  const taken = issuers === undefined ? before.issuers : issuersOf(context, id, issuers);
  if ('ok' in taken) return taken;
  const given = quotas === undefined ? { success: true as const, data: before.quotas } : tenantQuotas.safeParse(quotas);
  if (!given.success) return refused('unusable', `quotas: ${given.error.issues[0]?.message ?? ''}`);
  const made = { name: name === undefined ? before.name : name, issuers: taken, quotas: given.data };
  const bytes = Buffer.byteLength(canonical(stateOf(id, made)));
  return bytes <= MOST_BYTES ? made : refused('unusable', tooLarge(bytes));
}

/** Of a tenant in one event. */
const MOST_BYTES = 49_152;

function tooLarge(bytes: number): string {
  return `The tenant takes ${bytes} bytes on record, and at most ${MOST_BYTES} fit in one event. Give it fewer issuers, or shorter names and algorithms.`;
}

function issuersOf(context: ActContext, tenant: string, inputs: readonly TenantIssuerInput[]) {
  const issuers: TenantIssuer[] = [];
  for (const input of inputs) {
    const parsed = tenantIssuer.safeParse(input);
    if (!parsed.success) return refused('unusable', `issuers: ${parsed.error.issues[0]?.message ?? ''}`);
    const fault =
      issuerFault(parsed.data, context.named()) ??
      (issuers.some(sameAs(parsed.data)) ? 'An issuer is named twice.' : null);
    if (fault !== null) return refused('unusable', fault);
    const claimed = claimedBy(context, tenant, parsed.data);
    if (claimed !== null) return refused('issuer_taken', claimed);
    issuers.push(parsed.data);
  }
  const undecided = undecidedOf(issuers);
  return undecided === null ? issuers : refused('unusable', undecided);
}

/** Two issuers may give one id to two people, and upstreams name owners by ids alone. Null where each says whose those are. */
function undecidedOf(issuers: readonly TenantIssuer[]): string | null {
  const silent = issuers.find(({ owns }) => owns === undefined);
  if (issuers.length < 2 || silent === undefined) return null;
  return `The tenant has several issuers. Say of ${silent.issuer}, as of each, \`owns: true\` where the owners of objects are ids of its people, else \`owns: false\`.`;
}

function sameAs({ issuer }: TenantIssuer): (other: TenantIssuer) => boolean {
  return (other) => other.issuer === issuer;
}

/** Who else an issuer speaks for; null where nobody. */
function claimedBy({ registry, configured }: ActContext, tenant: string, { issuer }: TenantIssuer): string | null {
  const owner = registry.owners.get(issuer)?.tenant ?? tenant;
  if (owner !== tenant) return `The issuer ${issuer} belongs to another tenant.`;
  return configured().includes(issuer) ? `The issuer ${issuer} is one of the configuration’s.` : null;
}

function tenantFact(
  type: 'tenant.onboarded' | 'tenant.changed',
  { systemTenant }: ActContext,
  { id, by, reason = null }: OnboardRequest,
  made: Made,
): Fact {
  return {
    stream: tenantsStream,
    type,
    data: { tenant: systemTenant, ...stateOf(id, made), actor: { ...by }, reason },
  };
}

/** All of a tenant, as it is recorded. */
function stateOf(id: string, { name, issuers, quotas: { calls, concurrent } }: Made) {
  const quotas = { calls: calls === undefined ? null : { ...calls }, concurrent: concurrent ?? null };
  return { id, name, issuers: issuers.map(plain), quotas };
}

/** Without members that are undefined, which canonical JSON has no text for. */
function plain({ jwks, scope, owns, ...rest }: TenantIssuer) {
  return {
    ...rest,
    ...(jwks !== undefined && { jwks }),
    ...(scope !== undefined && { scope }),
    ...(owns !== undefined && { owns }),
  };
}

function refused(reason: ActRefusal['reason'], detail: string): ActRefusal {
  return { ok: false, reason, detail };
}
