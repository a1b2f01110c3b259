import { Body, Controller, Get, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import type { DefinitionView } from '@sallyport/definitions';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { refusalOf } from '../act-refusals.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import type { Caller } from '../auth/caller.ts';
import { recordSystemAct } from '../system/system-act.ts';
import { ApproveBody, DefinitionParams } from './definitions.dto.ts';

/** Pinned tool definitions: what is approved, what is offered, and the approval of exactly the copy that was read. */
@ApiTags('definitions')
@Controller('admin/v1/definitions')
@UseGuards(AdminAuthHook)
export class DefinitionsController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get()
  @Act('definitions.read', { who: 'admin', says: 'Pinned tool definitions, both copies' })
  list(): { definitions: readonly DefinitionView[] } {
    return { definitions: this.#ports.definitions.list() };
  }

  /** 409 when the upstream offers another copy by now: look again before you approve. */
  @Post(':upstream/:tool/approve')
  @HttpCode(200)
  @Act('definition.approve', {
    who: 'system',
    takes: ['body'],
    says: 'Approves exactly the copy that was looked at; 409 when it changed',
  })
  async approve(
    @CurrentCaller() caller: Caller,
    @Param() { upstream, tool }: DefinitionParams,
    @Body() { kind, digest }: ApproveBody,
  ): Promise<{ approved: string }> {
    const target = `definition/${upstream}/${tool}${kind === 'tool' ? '' : `/${kind}`}`;
    const by = await recordSystemAct(this.#ports, caller, { act: 'definition.approve', target });
    const answer = await this.#ports.definitions.approve({ upstream, kind, tool, digest, by });
    if (answer.ok) return { approved: digest };
    throw refusalOf(answer);
  }
}
