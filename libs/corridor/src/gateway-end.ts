import type { BusMessage, MessageOf } from '@sallyport/contracts';
import { createCarrier } from './carrier.ts';
import { type Commits, createCommits } from './commits.ts';
import type { GatewayEnd, GatewayEndParts } from './corridor-ends.ts';
import { checkRing, sign } from './mac.ts';
import { createOutbox } from './outbox.ts';
import { createReloadRounds, type ReloadRounds } from './reload-round.ts';
import { createRingPing, type RingPing } from './ring-ping.ts';
import { createTally, type Refused } from './tally.ts';
import { Walks } from './walks.ts';
import { decode, encode } from './wire.ts';

/**
 * Joins a gateway to the corridor. Its answers come to the one partition of the reply topic that it holds.
 *
 * @throws TypeError where a key is unfit
 * @throws BusUnavailable
 */
export async function createGatewayEnd(parts: GatewayEndParts): Promise<GatewayEnd> {
  const { bus, topics, inbox, observer, clock, keys } = parts;
  checkRing('gateway', keys.gateway);
  checkRing('release', keys.release);
  const carrier = createCarrier(parts);
  const outbox = createOutbox({ carrier, observer });
  const tally = createTally({
    clock,
    write(refused, count) {
      observer.trouble('corridor_refused', refused.reason);
      const value = encode(noticeMessage(parts, refused, count));
      outbox.put({ route: { topic: topics.decide, name: parts.boot, lane: 0 }, value });
    },
  });
  const walks = new Walks({ ...parts, carrier, outbox, tally });
  const commits = createCommits({ ...parts, carrier, tally });
  const rounds = createReloadRounds({ ...parts, carrier, tally });
  const ring = createRingPing({ ...parts, carrier, tally });

  const subscription = await bus.inbox({
    topic: topics.reply,
    partition: inbox,
    handle(message) {
      const reason = take({ walks, commits, ring, rounds }, message);
      if (reason !== null) tally.note({ station: 'unknown', reason, call: null });
    },
  });
  ring.start();

  return {
    corridor: walks,
    commit: commits.commit,
    reloadOthers: rounds.ask,
    ready: () => ring.ready() && bus.healthy(),
    async stop() {
      ring.stop();
      walks.stop();
      commits.stop();
      tally.stop();
      await outbox.stop();
      await subscription.stop();
    },
  };
}

interface Desks {
  readonly walks: Walks;
  readonly commits: Commits;
  readonly ring: RingPing;
  readonly rounds: ReloadRounds;
}

/** Hands a message to whom it is for. Nobody of ours writes anything else here: then the reason why it is refused. */
function take({ walks, commits, ring, rounds }: Desks, { value, time }: BusMessage): string | null {
  const message = decode(value);
  if (message === null) return 'malformed';
  if (message.kind === 'release') walks.released(message);
  else if (message.kind === 'answer') commits.answered(message);
  else if (message.kind === 'pong') ring.answered(message, time);
  else if (message.kind === 'reported') rounds.reported(message);
  else return 'misdirected';
  return null;
}

function noticeMessage({ keys, boot }: GatewayEndParts, { reason, call }: Refused, count: number): MessageOf<'notice'> {
  const mac = sign(keys.gateway, ['notice', boot, reason, call ?? '', `${count}`]);
  return { kind: 'notice', boot, reason, call, count, mac };
}
