import { Controller, Get, HttpCode, Inject, Post, UnprocessableEntityException, UseGuards } from '@nestjs/common';
import type { Finding } from '@sallyport/contracts';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts, type SystemStatus, type ProgramReload } from '../admin-ports.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import type { Caller } from '../auth/caller.ts';
import { recordSystemAct } from './system-act.ts';

interface ReloadedBody {
  /** True where every program has the files, and nothing waits for a restart. */
  readonly reloaded: boolean;
  readonly programs: readonly ProgramReload[];
  readonly restart: readonly string[];
}

function reloadedBody({ programs, restart }: Omit<ReloadedBody, 'reloaded'>): ReloadedBody {
  return { reloaded: programs.every(({ state }) => state === 'reloaded') && restart.length === 0, programs, restart };
}

/** Sallyport itself: how it stands, reading its files again, checking that its guards fire. */
@ApiTags('system')
@Controller('admin/v1')
@UseGuards(AdminAuthHook)
export class SystemController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get('status')
  @Act('status.read', { who: 'admin', says: 'Version, upstreams, findings of the self-check, heads of the logs' })
  async status(
    @CurrentCaller() { tenants }: Caller,
  ): Promise<SystemStatus & { journal: readonly { tenant: string; head: number }[] }> {
    const { sizes } = await this.#ports.tenants.sizes(null);
    const journal = tenants.map((tenant) => ({ tenant, head: sizes.get(tenant) ?? 0 }));
    return { ...(await this.#ports.status()), journal };
  }

  /** 422 with the problems when the files can't be used; what was there before then stays. */
  @Post('reload')
  @HttpCode(200)
  @Act('system.reload', {
    who: 'system',
    says: 'Reads the files again; says of each program what came of it; 422 with the problems when they can’t be used',
  })
  async reload(@CurrentCaller() caller: Caller): Promise<ReloadedBody> {
    await recordSystemAct(this.#ports, caller, { act: 'system.reload', target: 'system' });
    const answer = await this.#ports.reload();
    if (answer.ok) return reloadedBody(answer);
    const message = answer.problems.map((problem) => `${problem.where}: ${problem.message} ${problem.hint}`.trim());
    throw new UnprocessableEntityException({ error: 'reload_refused', message });
  }

  @Post('check')
  @HttpCode(200)
  @Act('system.check', { who: 'system', says: 'Runs the self-check' })
  async check(@CurrentCaller() caller: Caller): Promise<{ ok: boolean; findings: readonly Finding[] }> {
    await recordSystemAct(this.#ports, caller, { act: 'system.check', target: 'system' });
    const findings = await this.#ports.check();
    return { ok: findings.every(({ fires }) => fires), findings };
  }
}
