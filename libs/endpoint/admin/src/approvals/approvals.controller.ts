import {
  Body,
  ConflictException,
  Controller,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import type { ApprovalView } from '@sallyport/contracts';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts, type Question } from '../admin-ports.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { type Caller, principalIn } from '../auth/caller.ts';
import { ApprovalParams, ApprovalsQuery, VoteBody } from './approvals.dto.ts';

/**
 * The approvals inbox. Admins see all of their tenant's; others see what concerns them. Whether a vote counts is the
 * port's decision, and an approval that one may not see answers like one that is not there.
 */
@ApiTags('approvals')
@Controller('admin/v1/approvals')
@UseGuards(AdminAuthHook)
export class ApprovalsController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get()
  @Act('approvals.read', {
    who: 'anyone',
    takes: ['query'],
    says: 'Approvals that concern you; an admin sees their tenant’s',
  })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() { status }: ApprovalsQuery,
  ): Promise<{ approvals: readonly ApprovalView[] }> {
    const found: ApprovalView[] = [];
    for (const tenant of caller.tenants) {
      for (const approval of await this.#ports.approvals.list(tenant)) {
        if (status !== undefined && approval.status !== status) continue;
        if (await this.#maySee(caller, approval)) found.push(approval);
      }
    }
    return { approvals: found };
  }

  @Get(':id')
  @Act('approval.read', { who: 'anyone', says: 'The question, with its values; reading it is recorded' })
  async question(@CurrentCaller() caller: Caller, @Param() { id }: ApprovalParams): Promise<Question> {
    const question = await this.#find(caller, id);
    const { tenant } = question.approval;
    const by = principalIn(caller, tenant);
    await this.#ports.recordAct({ tenant, by, act: 'values.read', target: `approval/${id}`, refused: null });
    return question;
  }

  @Post(':id/votes')
  @HttpCode(200)
  @Act('approval.vote', { who: 'anyone', takes: ['body'], says: 'A person’s answer; 409 says why it does not count' })
  async vote(
    @CurrentCaller() caller: Caller,
    @Param() { id }: ApprovalParams,
    @Body() { answer, channel }: VoteBody,
  ): Promise<{ status: string }> {
    const { approval } = await this.#find(caller, id, 'approval.vote');
    const by = principalIn(caller, approval.tenant);
    const said = await this.#ports.approvals.vote({ principal: by, approval: id, answer, channel });
    const { tenant } = approval;
    const refused = said.accepted ? null : 'vote_refused';
    await this.#ports.recordAct({ tenant, by, act: 'approval.vote', target: `approval/${id}`, refused });
    if (!said.accepted) throw new ConflictException({ error: 'vote_refused', message: said.reason });
    return { status: said.status };
  }

  async #find(caller: Caller, id: string, act = 'approval.read'): Promise<Question> {
    for (const tenant of caller.tenants) {
      const question = await this.#ports.approvals.question(tenant, id);
      if (question === null) continue;
      if (await this.#maySee(caller, question.approval)) return question;
      const by = principalIn(caller, tenant);
      const target = `approval/${id}`;
      await this.#ports.recordAct({ tenant, by, act, target, refused: 'not_concerned' });
    }
    throw new NotFoundException({ message: 'There is no such approval for you.' });
  }

  async #maySee(caller: Caller, approval: ApprovalView): Promise<boolean> {
    return caller.admin || this.#ports.approvals.concerns(caller.principal, approval);
  }
}
