import { Controller, Get, Inject, NotFoundException, Query, UseGuards } from '@nestjs/common';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts, type ToolEntry } from '../admin-ports.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import type { Caller } from '../auth/caller.ts';
import { ToolsQuery } from './definitions.dto.ts';

/** What a user's client lists, and why it does not list the rest. */
@ApiTags('definitions')
@Controller('admin/v1/tools')
@UseGuards(AdminAuthHook)
export class ToolsController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get()
  @Act('tools.read', {
    who: 'admin',
    takes: ['query'],
    says: 'Every tool, prompt and template as a user has it, and what hides it',
  })
  list(@CurrentCaller() caller: Caller, @Query() { as, tenant, roles }: ToolsQuery): { tools: readonly ToolEntry[] } {
    const within = caller.kind === 'operator' ? (tenant ?? null) : caller.principal.tenant;
    const tools = this.#ports.definitions.seenBy({ as, tenant: within, roles: roles?.split(',') ?? [] });
    if (tools !== null) return { tools };
    const message = `There is no development user ${as}. For a user of an issuer say the roles of the token, too.`;
    throw new NotFoundException({ message });
  }
}
