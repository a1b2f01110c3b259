import { createRequestStates } from '../calls/request-state.ts';
import { type GatewayOptions, MAX_ASK_MS, usualApprove } from '../endpoint-options.ts';
import { createListChanges } from './list-changes.ts';
import type { Instructions } from './mcp-request.ts';
import { createPages } from './pages.ts';
import type { ServeParts } from './serve-request.ts';

type ServingOptions = Pick<
  GatewayOptions,
  'gateway' | 'keys' | 'clock' | 'ids' | 'observer' | 'version' | 'approveWith' | 'signInAt'
> & { readonly instructions?: Instructions };

/** What serving takes, over either transport. `decideMs`: milliseconds that an approval may wait; `stopping` aborts when we stop. */
export function createServing(options: ServingOptions, decideMs: number, stopping: AbortSignal): ServeParts {
  const { gateway, keys, clock, ids, observer, version = '0.0.0', approveWith = usualApprove } = options;
  const { instructions = () => null, signInAt = () => null } = options;
  return {
    gateway,
    keys,
    clock,
    ids,
    observer,
    version,
    approveWith,
    signInAt,
    instructions,
    stopping,
    states: createRequestStates({ keys, clock, ids }, decideMs),
    askMs: Math.min(decideMs, MAX_ASK_MS),
    lists: createListChanges(gateway),
    pages: createPages({ keys, ids }),
  };
}
