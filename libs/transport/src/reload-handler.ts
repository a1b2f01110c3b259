import type { MessageOf } from '@sallyport/contracts';
import { type AuditHandler, reply } from './audit-handler.ts';
import type { Signer } from './transport-ends.ts';
import { signers } from './chain.ts';
import { isSigned, sign } from './mac.ts';
import { readReport } from './reload-round.ts';

const answerMs = 2_000;

/** A gateway has this process read its files again: once, however many partitions the question came to. */
export async function takeReload(handler: AuditHandler, asked: MessageOf<'reload'>): Promise<void> {
  const { id, boot, inbox, mac } = asked;
  if (!isSigned(handler.keys.gateway, ['reload', id, boot, `${inbox}`], mac))
    return handler.rejections.note({ station: 'gateway', reason: 'forged_reload', call: null });
  if (!handler.seen.add(`reload/${id}`)) return;
  const { instance, partitions } = handler;
  const body = JSON.stringify({ program: 'audit', instance, partitions: partitions(), ...(await handler.reload()) });
  await tell(handler, { id, boot, inbox, body });
}

/** What reading its files again came to in a station, for the gateway that asked. */
export async function takeReport(handler: AuditHandler, report: MessageOf<'report'>): Promise<void> {
  if (isHonest(handler, report)) return tell(handler, report);
  handler.rejections.note({ station: 'unknown', reason: 'forged_report', call: null });
}

/** Asked by a gateway, and said by the station that it names. */
function isHonest({ keys }: AuditHandler, { id, boot, inbox, ask, by, body, mac }: MessageOf<'report'>): boolean {
  const signer = signers.find((one): one is Signer => one === by);
  return (
    signer !== undefined &&
    isSigned(keys.gateway, ['reload', id, boot, `${inbox}`], ask) &&
    isSigned(keys[signer], ['report', id, boot, `${inbox}`, by, body], mac) &&
    readReport(body)?.program === by
  );
}

type Telling = Pick<MessageOf<'report'>, 'id' | 'boot' | 'inbox' | 'body'>;

async function tell(handler: AuditHandler, { id, boot, inbox, body }: Telling): Promise<void> {
  const mac = sign(handler.keys.release, ['reported', id, boot, body]);
  await reply(handler, inbox, { kind: 'reported', id, boot, body, mac }, answerMs);
}
