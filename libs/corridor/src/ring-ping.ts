import type { MessageOf } from '@sallyport/contracts';
import type { Carrier } from './carrier.ts';
import type { GatewayEndParts } from './corridor-ends.ts';
import { isSigned, sign } from './mac.ts';
import { setAside, type Tally } from './tally.ts';
import { encode } from './wire.ts';

/** Pings through every station and audit, back to this gateway. */
export interface RingPing {
  start(): void;
  /** @param time when the broker took it, by its clock */
  answered(message: MessageOf<'pong'>, time: number | null): void;
  /** True while one came back lately. */
  ready(): boolean;
  stop(): void;
}

const everyMs = 2_000;
/** Until the first one is back: stations that start with us take a moment to hear. */
const soonMs = 250;
const freshMs = 10_000;

/** Builds the pinging of one gateway, not started. */
export function createRingPing(
  parts: GatewayEndParts & { readonly carrier: Carrier; readonly tally: Tally },
): RingPing {
  const { clock, ids, boot, inbox, keys, topics, carrier, tally, observer, time } = parts;
  /** Pings that may come back, and when they went. */
  const out = new Map<string, number>();
  let back: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const ready = (): boolean => back !== undefined && clock.monotonic() - back < freshMs;

  function ping(): void {
    const now = clock.monotonic();
    for (const [id, sent] of out) if (now - sent > freshMs) out.delete(id);
    const id = ids.random(16);
    out.set(id, now);
    const mac = sign(keys.gateway, ['ping', id, boot, `${inbox}`]);
    const value = encode({ kind: 'ping', id, boot, inbox, mac });
    // One that is lost is what this finds out.
    carrier.send({ route: { topic: topics['rate-limit'], name: id, lane: 0 }, value }).catch(() => undefined);
    timer = setTimeout(ping, ready() ? everyMs : soonMs);
  }

  return {
    start: ping,
    answered({ id, boot: whose, mac }, appended) {
      if (!isSigned(keys.release, ['pong', id, whose], mac))
        return tally.note({ station: 'audit', reason: 'pong_forged', call: null });
      if (whose !== boot) return void setAside(observer, 'message_foreign', `a pong for ${whose}`);
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
