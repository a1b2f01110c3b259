import type { MessageOf } from '@sallyport/contracts';
import type { PartitionSender } from './partition-sender.ts';
import type { GatewayEndParts } from './transport-ends.ts';
import { isSigned, sign } from './mac.ts';
import { setAside, type RejectionLog } from './rejection-log.ts';
import { encode } from './messages.ts';
import { createProbing } from './probing.ts';

/** Pings through every station and audit, back to this gateway. */
export interface RingProbe {
  start(): void;
  /** @param time when the broker took it, by its clock */
  answered(message: MessageOf<'probe_reply'>, time: number | null): void;
  /** True while one came back lately. */
  ready(): boolean;
  stop(): void;
}

/** Builds the pinging of one gateway, not started. */
export function createRingProbe(
  parts: GatewayEndParts & { readonly sender: PartitionSender; readonly rejections: RejectionLog },
): RingProbe {
  const { boot, inbox, keys, topics, sender, rejections, observer } = parts;
  const probing = createProbing(parts, (id) => {
    const mac = sign(keys.gateway, ['probe', id, boot, `${inbox}`]);
    const value = encode({ kind: 'probe', id, boot, inbox, mac });
    sender.send({ route: { topic: topics['rate-limit'], name: id, attempt: 0 }, value }).catch(() => undefined);
  });

  return {
    start: probing.start,
    answered({ id, boot: whose, mac }, appended) {
      if (!isSigned(keys.release, ['probe_reply', id, whose], mac))
        return rejections.note({ station: 'audit', reason: 'probe_reply_forged', call: null });
      if (whose !== boot) return void setAside(observer, 'message_foreign', `a probe_reply for ${whose}`);
      probing.heard(id, appended);
    },
    ready: probing.isFresh,
    stop: probing.stop,
  };
}
