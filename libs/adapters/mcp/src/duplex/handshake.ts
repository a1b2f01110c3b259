import { within } from '@sallyport/base';
import { UpstreamUnavailable } from '@sallyport/contracts';
import type { JsonObject, Outcome, SendOptions } from '@sallyport/contracts';
import { MODERN } from '@sallyport/mcp';
import type { ClientInfo } from '../managed-upstream.ts';
import { type Greeting, INITIALIZED_MS, initializeParams, NO_VERSION } from '../wire/initialize.ts';
import { readGreeting, readWelcome } from '../wire/initialize.ts';
import { modernMeta, notificationText } from '../wire/requests.ts';
import type { Multiplex } from './multiplex.ts';

export interface HandshakeOptions {
  readonly clientInfo: ClientInfo;
  /** What a legacy upstream may ask of the client; empty for nothing. */
  readonly capabilities: JsonObject;
  readonly timeoutMs: number;
}

/** What came of the handshake. */
export interface Handshake extends Greeting {
  /** The `_meta` that requests carry from then on; null for legacy. */
  readonly meta: JsonObject | null;
}

/**
 * Settles the era over a connection: `initialize` first, since every published program speaks it and a dual one takes it;
 * `server/discover` where it is refused. Throws `UpstreamUnavailable`.
 */
export async function shakeHands(
  lines: Multiplex,
  { clientInfo, capabilities, timeoutMs }: HandshakeOptions,
): Promise<Handshake> {
  const hello = initializeParams(clientInfo, capabilities);
  const welcome = await lines.request('initialize', () => hello, ownRequest(timeoutMs));
  if (welcome.kind === 'failed') throw new UpstreamUnavailable(`initialize failed: ${welcome.detail}`);
  if (welcome.kind === 'error') return discover(lines, clientInfo, timeoutMs);
  const greeting = readWelcome(welcome.result);
  // Sent before any other request: some servers refuse what comes ahead of it.
  await within(lines.notify(notificationText('notifications/initialized', {})), INITIALIZED_MS);
  return { ...greeting, meta: null };
}

async function discover(lines: Multiplex, clientInfo: ClientInfo, timeoutMs: number): Promise<Handshake> {
  const meta = modernMeta(clientInfo);
  const found: Outcome = await lines.request('server/discover', () => ({ _meta: meta }), ownRequest(timeoutMs));
  const said = found.kind === 'result' ? found.result : {};
  const versions = said['supportedVersions'];
  if (!Array.isArray(versions) || !versions.includes(MODERN)) throw new UpstreamUnavailable(NO_VERSION);
  return { ...readGreeting(said), meta };
}

const never = new AbortController().signal;

/** Options of a request that no client waits for. */
export function ownRequest(timeoutMs: number): Omit<SendOptions, 'session' | 'caller'> {
  return { signal: never, timeoutMs, progressToken: null, notify: () => undefined, ask: null, beforeWrite: () => true };
}
