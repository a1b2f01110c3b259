import { Controller, Delete, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts, type ConnectionView } from '../admin-ports.ts';
import { refusalOf } from '../act-refusals.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { type Caller, oneTenant, principalIn } from '../auth/caller.ts';
import { TenantQuery } from '../events/events.dto.ts';
import { ConnectionParams, ConnectionQuery } from './connections.dto.ts';

/** Users' sign-ins at upstreams, never with their tokens. An admin has those of their tenant. */
@ApiTags('connections')
@Controller('admin/v1/connections')
@UseGuards(AdminAuthHook)
export class ConnectionsController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get()
  @Act('connections.read', { who: 'admin', takes: ['query'], says: 'Users’ sign-ins at upstreams, without tokens' })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() { tenant: asked }: TenantQuery,
  ): Promise<{ connections: readonly ConnectionView[] }> {
    const tenants = caller.tenants.filter((tenant) => asked === undefined || tenant === asked);
    const found = await Promise.all(tenants.map((tenant) => this.#ports.connections.list(tenant)));
    return { connections: found.flat() };
  }

  @Delete(':upstream/:subject')
  @Act('connection.remove', {
    who: 'admin',
    takes: ['query'],
    says: 'Removes a user’s sign-in at an upstream, and revokes the tokens where that is offered',
  })
  async remove(
    @CurrentCaller() caller: Caller,
    @Param() { upstream, subject }: ConnectionParams,
    @Query() { issuer }: ConnectionQuery,
  ): Promise<{ tenant: string; upstream: string; subject: string }> {
    const tenant = oneTenant(caller);
    const by = principalIn(caller, tenant);
    const answer = await this.#ports.connections.remove({ tenant, upstream, subject, issuer: issuer ?? null, by });
    // Who is named by an id that nobody has here stays out of the record.
    const target = `connection/${upstream}${answer.ok ? `/${answer.subject}` : ''}`;
    const refused = answer.ok ? null : answer.reason;
    await this.#ports.recordAct({ tenant, by, act: 'connection.remove', target, refused });
    if (!answer.ok) throw refusalOf(answer);
    return { tenant, upstream, subject: answer.subject };
  }
}
