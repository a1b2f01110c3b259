import { Controller, Get, Inject, NotFoundException, Param, UseGuards } from '@nestjs/common';
import type { JsonObject, SealedValue, StoredEvent } from '@sallyport/contracts';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { type Caller, principalIn } from '../auth/caller.ts';
import { cloudEventOf, namesIn } from '../events/shown-event.ts';
import { CallParams } from './calls.dto.ts';

export interface CallStory {
  readonly tenant: string;
  readonly callId: string;
  readonly events: readonly JsonObject[];
  /** Events of the approvals that the call asked for or used. */
  readonly approvals: readonly JsonObject[];
  /** What the events only commit to; erased values are missing. */
  readonly sealed: readonly Pick<SealedValue, 'event' | 'field' | 'value'>[];
  readonly names: Readonly<Record<string, string>>;
}

/** Everything that is on record of one call. Opening its values is itself recorded. */
@ApiTags('calls')
@Controller('admin/v1/calls')
@UseGuards(AdminAuthHook)
export class CallsController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get(':id')
  @Act('values.read', { who: 'admin', says: 'All of one call, values included; reading it is recorded' })
  async story(@CurrentCaller() caller: Caller, @Param() { id }: CallParams): Promise<CallStory> {
    for (const tenant of caller.tenants) {
      const stored = await this.#ports.journal.readStream(tenant, `call/${id}`);
      if (stored.length === 0) continue;
      const by = principalIn(caller, tenant);
      await this.#ports.recordAct({ tenant, by, act: 'values.read', target: `call/${id}`, refused: null });
      return this.#tell(tenant, id, stored);
    }
    const message =
      'There is no call with this reference. Of a flood of refusals the record has the first and the number.';
    throw new NotFoundException({ message });
  }

  async #tell(tenant: string, callId: string, stored: readonly StoredEvent[]): Promise<CallStory> {
    const { journal, vault, directory } = this.#ports;
    const events = stored.map(cloudEventOf);
    const streams = approvalsIn(events).map((id) => journal.readStream(tenant, `approval/${id}`));
    const approvals = (await Promise.all(streams)).flat().map(cloudEventOf);
    const opened = await Promise.all([...events, ...approvals].map(({ id }) => vault.open(tenant, String(id))));
    return {
      tenant,
      callId,
      events,
      approvals,
      sealed: opened.flat().map(({ event, field, value }) => ({ event, field, value })),
      names: await namesIn(directory, tenant, [...events, ...approvals]),
    };
  }
}

interface Mentions {
  readonly approval?: { readonly id: string } | null;
  readonly verdicts?: readonly { readonly approval?: { readonly id: string } }[];
}

/** Approvals that a decision or one of its verdicts stands on. */
function approvalsIn(events: readonly JsonObject[]): readonly string[] {
  const ids = new Set<string>();
  for (const event of events) {
    const { approval, verdicts = [] } = event['data'] as Mentions;
    if (approval) ids.add(approval.id);
    for (const verdict of verdicts) if (verdict.approval) ids.add(verdict.approval.id);
  }
  return [...ids];
}
