import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts, type EraseAnswer } from '../admin-ports.ts';
import { refusalOf } from '../act-refusals.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { type Caller, principalIn } from '../auth/caller.ts';
import { EraseBody } from './erasures.dto.ts';

/** What an erasure came to, and how far it goes. */
export interface Erasure extends Omit<Extract<EraseAnswer, { readonly ok: true }>, 'ok'> {
  /** What stays where it is. */
  readonly remains: readonly string[];
  /** Where copies may be that Sallyport can’t reach. */
  readonly unreached: readonly string[];
}

const remains = [
  'the events of this person, with the pseudonym, digests and commitments: the log is never changed',
  'ciphertext of what was sealed, whose key is gone',
  'pseudonyms of the objects, sessions and clients of their calls, and the names of those',
];

const unreached = [
  'backups and replicas of the journal: with sealing.key, the key that they hold opens all that was sealed under it, also later',
  'PostgreSQL: deleted rows in its files until VACUUM, and in its archive of write-ahead logs',
  'Kafka: calls in the topics between the services, for their retention (minutes); the feed holds pseudonyms alone',
  'servers that were called, consumers of the feed, and logs of what is in front of Sallyport',
];

/** Erasure of people. */
@ApiTags('erasures')
@Controller('admin/v1/erasures')
@UseGuards(AdminAuthHook)
export class ErasuresController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Post()
  @HttpCode(200)
  @Act('subject.erase', {
    who: 'system',
    takes: ['body'],
    says: 'Erases what is kept of one person: the key of their sealed values, which never open again, and the name',
  })
  async erase(@CurrentCaller() caller: Caller, @Body() body: EraseBody): Promise<Erasure> {
    const { tenant, subject, issuer = null, reason = null, dry_run: dryRun = false } = body;
    const by = principalIn(caller, tenant);
    const answer = await this.#ports.erase({ tenant, subject, issuer, reason, dryRun, by });
    if (!answer.ok) throw refusalOf(answer);
    const { subject: ref, sealed, approvals, erased } = answer;
    return { tenant, subject: ref, sealed, approvals, erased, remains, unreached };
  }
}
