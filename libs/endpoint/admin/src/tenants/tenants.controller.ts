import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Inject,
  NotFoundException,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { rateText } from '@sallyport/contracts';
import type { TenantAnswer, TenantView } from '@sallyport/tenants';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { type Caller, isForAll, principalIn } from '../auth/caller.ts';
import { TenantQuery } from '../events/events.dto.ts';
import { refusalOf } from '../act-refusals.ts';
import { ChangeBody, OnboardBody, TenantParams } from './tenants.dto.ts';

/** Onboarded tenants: their issuers, quotas and state. An admin sees their own; only Sallyport changes one. */
@ApiTags('tenants')
@Controller('admin/v1/tenants')
@UseGuards(AdminAuthHook)
export class TenantsController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get()
  @Act('tenants.read', { who: 'admin', takes: ['query'], says: 'Onboarded tenants; an admin’s own alone' })
  list(@CurrentCaller() caller: Caller, @Query() { tenant }: TenantQuery): { tenants: readonly ShownTenant[] } {
    const mine = this.#ports.registry.list().filter(({ id }) => isMine(caller, id));
    return { tenants: mine.filter(({ id }) => tenant === undefined || id === tenant).map(shown) };
  }

  @Get(':id')
  @Act('tenant.read', { who: 'admin', says: 'One tenant' })
  one(@CurrentCaller() caller: Caller, @Param() { id }: TenantParams): ShownTenant {
    const found = isMine(caller, id) ? this.#ports.registry.get(id) : null;
    if (found === null) throw new NotFoundException({ message: 'There is no such tenant for you.' });
    return shown(found);
  }

  /** 409 where the tenant is there already, or where an issuer belongs to another one. */
  @Post()
  @Act('tenant.onboard', { who: 'system', takes: ['body'], says: 'Onboards a tenant' })
  async onboard(@CurrentCaller() caller: Caller, @Body() body: OnboardBody): Promise<ShownTenant> {
    const by = principalIn(caller, '');
    return this.#done(caller, ['tenant.onboard', body.id], await this.#ports.registry.onboard({ ...body, by }));
  }

  @Patch(':id')
  @Act('tenant.change', { who: 'system', takes: ['body'], says: 'Changes, suspends or resumes a tenant' })
  async change(
    @CurrentCaller() caller: Caller,
    @Param() { id }: TenantParams,
    @Body() { id: named = id, since, ...body }: ChangeBody,
  ): Promise<ShownTenant> {
    const by = principalIn(caller, '');
    const changed = named !== id ? 'id' : (since ?? this.#since(id)) !== this.#since(id) ? 'since' : null;
    if (changed !== null)
      throw new BadRequestException(`${changed} can’t be changed: send it as it was read, or leave it out`);
    return this.#done(caller, ['tenant.change', id], await this.#ports.registry.change({ ...body, id, by }));
  }

  /** The registry's own event says what was done, and by whom; this one that it was asked for, also where it was refused. */
  async #done(caller: Caller, [act, id]: readonly [string, string], answer: TenantAnswer): Promise<ShownTenant> {
    const by = principalIn(caller, '');
    const refused = answer.ok ? null : answer.reason;
    await this.#ports.recordAct({ tenant: null, by, act, target: `tenant/${id}`, refused });
    if (!answer.ok) throw refusalOf(answer);
    return shown(answer.tenant);
  }

  #since(id: string): string | undefined {
    return this.#ports.registry.get(id)?.since;
  }
}

/** A tenant as PATCH takes it back: with its rate as text. */
type ShownTenant = Omit<TenantView, 'quotas'> & {
  readonly quotas: { calls?: string; concurrent?: number | undefined };
};

function shown({ quotas: { calls, ...quotas }, ...tenant }: TenantView): ShownTenant {
  return { ...tenant, quotas: { ...quotas, ...(calls !== undefined && { calls: rateText(calls) }) } };
}

function isMine(caller: Caller, tenant: string): boolean {
  return isForAll(caller) || caller.principal.tenant === tenant;
}
