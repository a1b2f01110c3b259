import type { Socket } from 'node:net';
import type { HttpConfig } from '@sallyport/contracts';
import { addressKey } from './address-key.ts';

export type ConnectionCaps = Pick<HttpConfig, 'connections' | 'connections_per_address'>;

/** Counts open connections, in all and by address. */
export interface ConnectionCount {
  /** Counts a connection until it closes; names the setting that has no room for it, null where it is let in. */
  admit(socket: Socket): keyof ConnectionCaps | null;
}

export function countConnections(caps: ConnectionCaps): ConnectionCount {
  const byAddress = new Map<string, number>();
  let open = 0;

  function leave(key: string): void {
    open -= 1;
    const left = (byAddress.get(key) ?? 1) - 1;
    if (left === 0) byAddress.delete(key);
    else byAddress.set(key, left);
  }

  return {
    admit(socket) {
      if (open >= caps.connections) return 'connections';
      const key = addressKey(socket.remoteAddress);
      const here = byAddress.get(key) ?? 0;
      if (here >= caps.connections_per_address) return 'connections_per_address';
      open += 1;
      byAddress.set(key, here + 1);
      socket.once('close', () => leave(key));
      return null;
    },
  };
}
