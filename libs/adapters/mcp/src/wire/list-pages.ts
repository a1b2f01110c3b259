import { listings, UpstreamUnavailable } from '@sallyport/contracts';
import type { JsonObject, Outcome, TargetKind } from '@sallyport/contracts';
import { canonical, CanonicalError, isObject } from '@sallyport/base';
import { errorCodes } from '@sallyport/mcp';
import type { UpstreamLog } from '../bounded-log.ts';

/** Milliseconds that a page of a list may take. */
export const LIST_TIMEOUT_MS = 30_000;
const MAX_PAGES = 100;
/** Empty pages in a row behind which there is nothing: who filters a list may have one in the middle. */
const MOST_IDLE = 3;
const MAX_ITEMS = 10_000;
/** Characters of all pages as JSON. Definitions are held in memory by every process, and approved ones are on record for good. */
const MAX_TEXT = 4 * 1024 * 1024;

export interface ListedServer {
  /** What the server declared when it was greeted. */
  readonly capabilities: JsonObject;
  /** Sends one request. */
  ask(method: string, params: JsonObject): Promise<Outcome>;
  readonly log: UpstreamLog;
}

/**
 * Reads all pages of a list. A server that does not declare the kind lists nothing and isn't asked, but for tools, which some
 * offer without a word. One that knows no such method lists nothing either, unless it declared the tools that it now denies.
 * Entries that are not of the kind or can't be pinned, and repeated names, are left out and logged: two definitions under one
 * name can't be told apart. A page without a new name ends the list, as do some empty ones in a row and a cursor that was there
 * before: some servers never stop naming a next page.
 * Throws `UpstreamUnavailable` when a page is no such list, or there are more than 100 pages, 10,000 items or 4 MiB.
 */
export async function eachPage(kind: TargetKind, { capabilities, ask, log }: ListedServer): Promise<JsonObject[]> {
  const { method, items, capability } = listings[kind];
  const isDeclared = isObject(capabilities[capability]);
  if (!isDeclared && kind !== 'tool') return [];
  const isDeniable = !isDeclared || kind !== 'tool';
  async function page(params: JsonObject): Promise<JsonObject> {
    const outcome = await ask(method, params);
    if (outcome.kind === 'result') return outcome.result;
    if (outcome.kind === 'failed') throw new UpstreamUnavailable(outcome.detail);
    if (isDeniable && outcome.code === errorCodes.methodNotFound) return { [items]: [] };
    throw new UpstreamUnavailable(outcome.message);
  }
  return readPages(kind, page, log);
}

async function readPages(
  kind: TargetKind,
  ask: (params: JsonObject) => Promise<JsonObject>,
  log: UpstreamLog,
): Promise<JsonObject[]> {
  const member = listings[kind].items;
  const items = new Map<string, JsonObject>();
  const cursors = new Set<string>();
  let params: JsonObject = {};
  let text = 0;
  let idle = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { [member]: found, nextCursor: cursor } = await ask(params);
    if (!Array.isArray(found)) throw new UpstreamUnavailable(`the answer is no list of ${member}`);
    text += JSON.stringify(found).length;
    if (text > MAX_TEXT) throw new UpstreamUnavailable(`more than ${MAX_TEXT} characters of ${member}`);
    const known = items.size;
    addItems(items, found, { kind, log });
    if (items.size > MAX_ITEMS) throw new UpstreamUnavailable(`more than ${MAX_ITEMS} ${member}`);
    if (items.size > known) idle = 0;
    else idle += found.length === 0 ? 1 : MOST_IDLE;
    if (typeof cursor !== 'string' || cursors.has(cursor) || idle >= MOST_IDLE) return [...items.values()];
    cursors.add(cursor);
    params = { cursor };
  }
  throw new UpstreamUnavailable(`more than ${MAX_PAGES} pages of ${member}`);
}

function addItems(
  items: Map<string, JsonObject>,
  page: readonly unknown[],
  { kind, log }: { readonly kind: TargetKind; readonly log: UpstreamLog },
): void {
  const { key, method } = listings[kind];
  for (const item of page) {
    const name = isObject(item) ? item[key] : undefined;
    if (!isObject(item) || typeof name !== 'string' || name === '') {
      log('warn', `entry of ${method} is not a ${kind}`);
      continue;
    }
    const why = items.has(name) ? `${kind} listed twice, the first one counts` : whyUnpinnable(item, kind);
    if (why === null) items.set(name, item);
    else log('warn', why, { [kind]: name.slice(0, 128) });
  }
}

/** What has no digest can't be pinned. Null for what has one. */
function whyUnpinnable(item: JsonObject, kind: TargetKind): string | null {
  try {
    canonical(item);
    return null;
  } catch (error) {
    if (error instanceof CanonicalError) return `${kind} left out: ${error.message}`;
    throw error;
  }
}
