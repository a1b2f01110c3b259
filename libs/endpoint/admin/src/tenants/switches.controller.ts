import { Controller, Delete, Get, Inject, Param, Put, Query, UseGuards } from '@nestjs/common';
import { type SwitchTarget, targetText } from '@sallyport/contracts';
import type { ThrownSwitch } from '@sallyport/tenants';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { type Caller, isForAll, principalIn } from '../auth/caller.ts';
import { refusalOf } from '../act-refusals.ts';
import { SwitchParams, SwitchQuery } from './tenants.dto.ts';

/** A switch as it stands after an act. */
export interface SwitchState extends SwitchTarget {
  readonly off: boolean;
  /** False where it stood so already. */
  readonly changed: boolean;
  /** False for a tool that no upstream offers now: perhaps its name is misspelt, and nothing is stopped. */
  readonly known: boolean;
}

/** Kill switches for tenants, tools and agents. They count in every process within a second. */
@ApiTags('switches')
@Controller('admin/v1/switches')
@UseGuards(AdminAuthHook)
export class SwitchesController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get()
  @Act('switches.read', { who: 'admin', says: 'What is switched off; for an admin, what stops calls of their tenant' })
  list(@CurrentCaller() caller: Caller): { switches: readonly ThrownSwitch[] } {
    return { switches: this.#ports.registry.switches().filter((one) => isForAll(caller) || concerns(caller, one)) };
  }

  @Put(':what/:name')
  @Act('switch.throw', { who: 'system', takes: ['query'], says: 'Switches off' })
  throw(
    @CurrentCaller() caller: Caller,
    @Param() target: SwitchParams,
    @Query() query: SwitchQuery,
  ): Promise<SwitchState> {
    return this.#turn(caller, true, { ...target, ...query });
  }

  @Delete(':what/:name')
  @Act('switch.clear', { who: 'system', takes: ['query'], says: 'Switches on again' })
  clear(
    @CurrentCaller() caller: Caller,
    @Param() target: SwitchParams,
    @Query() query: SwitchQuery,
  ): Promise<SwitchState> {
    return this.#turn(caller, false, { ...target, ...query });
  }

  async #turn(
    caller: Caller,
    off: boolean,
    { what, name, of = null, reason }: SwitchParams & { of?: string | null; reason?: string },
  ): Promise<SwitchState> {
    const target = { what, name, of };
    const by = principalIn(caller, '');
    const answer = await this.#ports.registry.turn({ target, off, by, reason });
    const act = off ? 'switch.throw' : 'switch.clear';
    const about = `switch/${what}/${name}${of === null ? '' : ` of ${of}`}`;
    await this.#ports.recordAct({ tenant: null, by, act, target: about, refused: answer.ok ? null : answer.reason });
    if (!answer.ok) throw refusalOf(answer);
    return { ...target, off, changed: answer.changed, known: what !== 'tool' || this.#offers(name) };
  }

  #offers(name: string): boolean {
    return this.#ports.definitions
      .list()
      .some(
        ({ upstream, kind, tool }) =>
          [`${upstream}/*`, `${upstream}/resource:*`].includes(name) ||
          (kind !== 'instructions' && name === `${upstream}/${targetText({ kind, name: tool })}`),
      );
  }
}

/** What stops calls of the caller's tenant. Agents that are off for all are not told: they may be somebody else's. */
function concerns({ principal: { tenant } }: Caller, { what, name, of }: ThrownSwitch): boolean {
  if (of !== null) return of === tenant;
  return what === 'tool' || (what === 'tenant' && name === tenant);
}
