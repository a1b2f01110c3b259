import type { Readable, Writable } from 'node:stream';
import type { Principal } from '@sallyport/contracts';
import { createStdioEndpoint, type StdioEndpoint } from '@sallyport/endpoint-mcp';
import { systemClock, systemIds, version } from '@sallyport/runtime';
import type { Opened } from './open.ts';
import { waitingText } from './waiting-text.ts';

export interface Streams {
  readonly input: Readable;
  readonly output: Writable;
}

/** Serves a client that speaks in lines, over this process's own streams or over those of one that joined. */
export function lineEndpoint(opened: Opened, principal: Principal, { input, output }: Streams): StdioEndpoint {
  const { runtime, stores, observer, approveWith, signInAt, loaded } = opened;
  return createStdioEndpoint({
    gateway: runtime.gateway,
    principal,
    input,
    output,
    clock: systemClock,
    ids: systemIds(),
    keys: stores.keys,
    observer,
    version,
    approveWith,
    signInAt,
    instructions: () => waitingText(opened),
    maxBytes: loaded.config.max_request_bytes,
  });
}
