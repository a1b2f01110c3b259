import type { BusMessage, MessageOf } from '@sallyport/contracts';
import { createPartitionSender } from './partition-sender.ts';
import { type Commits, createCommits } from './commits.ts';
import type { GatewayEnd, GatewayEndParts } from './transport-ends.ts';
import { checkRing, sign } from './mac.ts';
import { createRetryQueue } from './retry-queue.ts';
import { createReloadRounds, type ReloadRounds } from './reload-round.ts';
import { createRingProbe, type RingProbe } from './ring-probe.ts';
import { createRejectionLog, type Refused } from './rejection-log.ts';
import { createOtherGateways, type OtherGatewaysEnd } from './other-gateways.ts';
import { PendingDecisions } from './pending-decisions.ts';
import { decode, encode } from './messages.ts';

/**
 * Joins a gateway to the transport. Its answers come to the one partition of the reply topic that it holds.
 *
 * @throws TypeError where a key is unfit
 * @throws BusUnavailable
 */
export async function createGatewayEnd(parts: GatewayEndParts): Promise<GatewayEnd> {
  const { bus, topics, inbox, observer, clock, keys } = parts;
  checkRing('gateway', keys.gateway);
  checkRing('release', keys.release);
  const sender = createPartitionSender(parts);
  const retries = createRetryQueue({ sender, observer });
  const rejections = createRejectionLog({
    clock,
    write(refused, count) {
      observer.incident('message_rejected', refused.reason);
      const value = encode(noticeMessage(parts, refused, count));
      retries.put({ route: { topic: topics.decide, name: parts.boot, attempt: 0 }, value });
    },
  });
  const decisions = new PendingDecisions({ ...parts, sender, retries, rejections });
  const commits = createCommits({ ...parts, sender, rejections });
  const rounds = createReloadRounds({ ...parts, sender, rejections });
  const ring = createRingProbe({ ...parts, sender, rejections });
  const others = createOtherGateways({ ...parts, rejections });

  const subscription = await bus.inbox({
    topic: topics.reply,
    partition: inbox,
    handle(message) {
      const reason = take({ decisions, commits, ring, rounds, others }, message);
      if (reason !== null) rejections.note({ station: 'unknown', reason, call: null });
    },
  });
  ring.start();

  return {
    decisions,
    commit: commits.commit,
    reloadOthers: rounds.ask,
    others,
    ready: () => ring.ready() && bus.healthy(),
    async stop() {
      ring.stop();
      decisions.stop();
      commits.stop();
      rejections.stop();
      await retries.stop();
      await subscription.stop();
    },
  };
}

interface GatewayHandlers {
  readonly decisions: PendingDecisions;
  readonly commits: Commits;
  readonly ring: RingProbe;
  readonly rounds: ReloadRounds;
  readonly others: OtherGatewaysEnd;
}

/** Hands a message to whom it is for. Nobody of ours writes anything else here: then the reason why it is refused. */
function take(handlers: GatewayHandlers, { value, time }: BusMessage): string | null {
  const { decisions, commits, ring, rounds, others } = handlers;
  const message = decode(value);
  if (message === null) return 'malformed';
  if (message.kind === 'release') decisions.released(message);
  else if (message.kind === 'answer') commits.answered(message);
  else if (message.kind === 'probe_reply') ring.answered(message, time);
  else if (message.kind === 'reported') rounds.reported(message);
  else if (message.kind === 'told') others.heard(message);
  else return 'misdirected';
  return null;
}

function noticeMessage({ keys, boot }: GatewayEndParts, { reason, call }: Refused, count: number): MessageOf<'notice'> {
  const mac = sign(keys.gateway, ['notice', boot, reason, call ?? '', `${count}`]);
  return { kind: 'notice', boot, reason, call, count, mac };
}
