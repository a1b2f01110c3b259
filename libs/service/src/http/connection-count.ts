import type { Socket } from 'node:net';
import type { HttpConfig } from '@sallyport/contracts';
import { addressKey } from './address-key.ts';

export type ConnectionCaps = Pick<HttpConfig, 'connections' | 'connections_per_address'>;

/** Counts open connections, in all and by address. One that rests makes room for a newcomer. */
export interface ConnectionCount {
  /**
   * Counts a connection until it closes. At a cap the one that has rested longest is closed for it.
   *
   * @returns the setting that has no room because every connection is busy, null where it is let in
   */
  admit(socket: Socket): keyof ConnectionCaps | null;
  /** A request of this connection is under way: it is not closed for another. */
  busy(socket: Socket): void;
  /** Nothing of this connection is under way any more. */
  rests(socket: Socket): void;
  /** Closes every connection that rests. */
  closeResting(): void;
}

interface Address {
  open: number;
  /** Who has rested longest comes first, as in every set here. */
  readonly resting: Set<Socket>;
}

export function countConnections(caps: ConnectionCaps): ConnectionCount {
  const addressOf = new Map<Socket, Address>();
  const byKey = new Map<string, Address>();
  const resting = new Set<Socket>();

  function busy(socket: Socket): void {
    resting.delete(socket);
    addressOf.get(socket)?.resting.delete(socket);
  }

  function rests(socket: Socket): void {
    busy(socket);
    const address = addressOf.get(socket);
    if (address === undefined) return;
    resting.add(socket);
    address.resting.add(socket);
  }

  function leave(socket: Socket, key: string): void {
    const address = addressOf.get(socket);
    if (address === undefined) return;
    busy(socket);
    addressOf.delete(socket);
    address.open -= 1;
    if (address.open === 0) byKey.delete(key);
  }

  return {
    admit(socket) {
      const key = addressKey(socket.remoteAddress);
      const here = byKey.get(key);
      if (here !== undefined && here.open >= caps.connections_per_address) {
        if (!closeOne(here.resting)) return 'connections_per_address';
      } else if (addressOf.size >= caps.connections && !closeOne(resting)) return 'connections';
      // Looked up again: the one that was closed may have been the last of its address.
      const address = byKey.get(key) ?? { open: 0, resting: new Set() };
      byKey.set(key, address);
      address.open += 1;
      addressOf.set(socket, address);
      socket.once('close', () => leave(socket, key));
      rests(socket);
      return null;
    },
    busy,
    rests,
    closeResting() {
      while (closeOne(resting));
    },
  };

  function closeOne(candidates: ReadonlySet<Socket>): boolean {
    for (const socket of candidates) {
      // The end of an answer that is still to be sent would be lost.
      if (socket.writableLength > 0) continue;
      leave(socket, addressKey(socket.remoteAddress));
      socket.destroy();
      return true;
    }
    return false;
  }
}
