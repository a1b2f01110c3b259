import type { Commit, NewEvent, Write } from '@sallyport/contracts';

let made = 0;

/** An event that is like no other; `calls` tells it from its neighbours. */
export function sampleEvent({ tenant = 'shop', calls = 0 }: { tenant?: string; calls?: number } = {}): NewEvent {
  made++;
  return {
    id: `01EVENT${String(made).padStart(19, '0')}`,
    type: 'gateway.stopped',
    time: '2026-11-23T09:15:02.113Z',
    source: '/gateway/7f3c',
    traceparent: made % 2 ? null : '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: { tenant, boot: `é\u2028 "quoted" 🜁 ${calls}` },
  };
}

/** A write of `count` sample events. */
export function sampleWrite(stream: string, expectedVersion: number | 'any', count = 1): Write {
  return { stream, expectedVersion, events: Array.from({ length: count }, () => sampleEvent()) };
}

/** A commit to tenant `shop` under a command id that was never used. */
export function sampleCommit(writes: readonly Write[], more: Partial<Commit> = {}): Commit {
  made++;
  return { tenant: 'shop', commandId: `command-${made}`, writes, ...more };
}
