import type { MessageOf, OtherGateways } from '@sallyport/contracts';
import type { RejectionLog } from './rejection-log.ts';
import type { GatewayEndParts } from './transport-ends.ts';
import { encode, MAX_MESSAGE_BYTES } from './messages.ts';
import { isSigned, sign } from './mac.ts';
import { Seen } from './seen.ts';

/** The other gateways, and where what they tell arrives. */
export interface OtherGatewaysEnd extends OtherGateways {
  heard(message: MessageOf<'told'>): void;
}

/** Builds it for one gateway. What is told goes to every reply partition but our own, whether or not a gateway holds it. */
export function createOtherGateways(parts: GatewayEndParts & { readonly rejections: RejectionLog }): OtherGatewaysEnd {
  const { bus, topics, ids, boot, inbox, keys, observer, rejections } = parts;
  const seen = new Seen();
  const listeners: ((text: string, from: number) => void)[] = [];

  async function send(body: string, to: number | undefined): Promise<void> {
    const id = ids.random(16);
    const mac = sign(keys.gateway, ['told', id, boot, `${inbox}`, body]);
    const value = encode({ kind: 'told', id, boot, inbox, body, mac });
    if (value.byteLength > MAX_MESSAGE_BYTES) throw new Error(`${value.byteLength} bytes are too many`);
    const count = await bus.partitionsOf(topics.reply);
    const all = to === undefined ? Array.from({ length: count }, (_, partition) => partition) : [to];
    const others = all.filter((one) => one !== inbox);
    await Promise.all(others.map((partition) => bus.send({ topic: topics.reply, partition, value })));
  }

  return {
    tell: (text, to) =>
      void send(text, to).catch((error: unknown) => observer.incident('gateways_not_told', String(error))),
    listen: (told) => void listeners.push(told),
    heard({ id, boot: whose, inbox: from, body, mac }) {
      if (!isSigned(keys.gateway, ['told', id, whose, `${from}`, body], mac))
        return rejections.note({ station: 'gateway', reason: 'forged_told', call: null });
      // A bus may bring a message twice.
      if (seen.add(id)) for (const listener of listeners) listener(body, from);
    },
  };
}
