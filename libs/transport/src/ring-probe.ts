import type { MessageOf } from '@sallyport/contracts';
import type { PartitionSender } from './partition-sender.ts';
import type { GatewayEndParts } from './transport-ends.ts';
import { isSigned, sign } from './mac.ts';
import { setAside, type RejectionLog } from './rejection-log.ts';
import { encode } from './messages.ts';

/** Pings through every station and audit, back to this gateway. */
export interface RingProbe {
  start(): void;
  /** @param time when the broker took it, by its clock */
  answered(message: MessageOf<'probe_reply'>, time: number | null): void;
  /** True while one came back lately. */
  ready(): boolean;
  stop(): void;
}

const everyMs = 2_000;
/** Until the first one is back: stations that start with us take a moment to hear. */
const soonMs = 250;
const freshMs = 10_000;

/** Builds the pinging of one gateway, not started. */
export function createRingProbe(
  parts: GatewayEndParts & { readonly sender: PartitionSender; readonly rejections: RejectionLog },
): RingProbe {
  const { clock, ids, boot, inbox, keys, topics, sender, rejections, observer, time } = parts;
  /** Pings that may come back, and when they went. */
  const out = new Map<string, number>();
  let back: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const ready = (): boolean => back !== undefined && clock.monotonic() - back < freshMs;

  function probe(): void {
    const now = clock.monotonic();
    for (const [id, sent] of out) if (now - sent > freshMs) out.delete(id);
    const id = ids.random(16);
    out.set(id, now);
    const mac = sign(keys.gateway, ['probe', id, boot, `${inbox}`]);
    const value = encode({ kind: 'probe', id, boot, inbox, mac });
    // One that is lost is what this finds out.
    sender.send({ route: { topic: topics['rate-limit'], name: id, attempt: 0 }, value }).catch(() => undefined);
    timer = setTimeout(probe, ready() ? everyMs : soonMs);
  }

  return {
    start: probe,
    answered({ id, boot: whose, mac }, appended) {
      if (!isSigned(keys.release, ['probe_reply', id, whose], mac))
        return rejections.note({ station: 'audit', reason: 'probe_reply_forged', call: null });
      if (whose !== boot) return void setAside(observer, 'message_foreign', `a probe_reply for ${whose}`);
      const sent = out.get(id);
      // One that comes late or twice says nothing new.
      if (sent === undefined) return;
      out.delete(id);
      back = clock.monotonic();
      time.measured(sent, appended);
    },
    ready,
    stop: () => clearTimeout(timer),
  };
}
