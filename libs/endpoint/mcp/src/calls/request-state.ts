import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import type { Clock, Ids, JsonObject, Keys, Principal } from '@sallyport/contracts';
import { BoundedMap, canonical, isObject, parseStrict, sha256 } from '@sallyport/base';
import { subjectKey } from '../protocol/sessions.ts';

/** The held call that a client's second try refers to. */
export interface HeldCall {
  readonly approval: string;
  readonly callId: string;
}

/** What a state is bound to: it opens for the same principal and exactly the same call alone. */
export interface CallBinding {
  readonly principal: Principal;
  readonly upstream: string;
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** Seals what a client carries for us between two tries (MCP 2026-07-28, patterns/mrtr, `requestState`). */
export interface RequestStates {
  seal(held: HeldCall, call: CallBinding): string;
  /** Null for a state that is not ours, was changed, is someone else's, another call's, too old, or was used. */
  open(state: string, call: CallBinding): HeldCall | null;
}

const DOMAIN = 'sallyport/request-state/v1';
const NONCE = 12;
const TAG = 16;
const MAX_STATE = 4_096;
const MAX_USED = 100_000;

/**
 * States are sealed with AES-256-GCM under a key of the tenant. They are used once per process; that an approval is
 * used once over all processes is the approval's own doing.
 *
 * @param lifetimeMs milliseconds that a state counts
 */
export function createRequestStates(
  { keys, clock, ids }: { readonly keys: Keys; readonly clock: Clock; readonly ids: Ids },
  lifetimeMs: number,
): RequestStates {
  const used = new BoundedMap<string, true>(MAX_USED);

  function seal({ approval, callId }: HeldCall, call: CallBinding): string {
    const until = clock.now() + lifetimeMs;
    const content = JSON.stringify({ approval, callId, until, who: subjectKey(call.principal), what: digestOf(call) });
    const nonce = Buffer.from(ids.random(NONCE), 'base64url');
    const cipher = createCipheriv('aes-256-gcm', keyOf(keys, call), nonce).setAAD(Buffer.from(DOMAIN));
    return Buffer.concat([nonce, cipher.update(content, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  function open(state: string, call: CallBinding): HeldCall | null {
    const content = unseal(state, keyOf(keys, call));
    if (content === null || used.has(state) || !isFor(content, call, clock.now())) return null;
    const { approval, callId } = content;
    if (typeof approval !== 'string' || typeof callId !== 'string') return null;
    used.set(state, true);
    return { approval, callId };
  }

  return { seal, open };
}

function isFor({ until, who, what }: JsonObject, call: CallBinding, now: number): boolean {
  if (typeof until !== 'number' || until < now) return false;
  return who === subjectKey(call.principal) && what === digestOf(call);
}

/** `sealKey` may serve other ends as well: what is sealed here opens nowhere else. */
function keyOf(keys: Keys, { principal }: CallBinding): Buffer {
  const material = Buffer.concat([Buffer.from(`${DOMAIN}\0`), keys.sealKey(principal.tenant)]);
  return hash('sha256', material, 'buffer');
}

function unseal(state: string, key: Buffer): JsonObject | null {
  if (state.length > MAX_STATE || !/^[A-Za-z0-9_-]+$/.test(state)) return null;
  const bytes = Buffer.from(state, 'base64url');
  // Of the last character some bits are unused: only the one canonical spelling counts, or a used state had twins.
  if (bytes.length <= NONCE + TAG || bytes.toString('base64url') !== state) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(DOMAIN)).setAuthTag(bytes.subarray(-TAG));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
    const parsed = parseStrict(text);
    return parsed.ok && isObject(parsed.value) ? parsed.value : null;
  } catch {
    return null;
  }
}

function digestOf({ upstream, tool, arguments: args }: CallBinding): string {
  return sha256(canonical({ method: 'tools/call', upstream, tool, arguments: args }));
}
