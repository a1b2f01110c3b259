import { UpstreamUnavailable } from '@sallyport/contracts';
import type { JsonObject } from '@sallyport/contracts';
import { canonical, CanonicalError, isObject } from '@sallyport/base';
import type { UpstreamLog } from '../bounded-log.ts';

/** Milliseconds that a page of a list may take. */
export const LIST_TIMEOUT_MS = 30_000;
const MAX_PAGES = 100;
/** Empty pages in a row behind which there is nothing: who filters a list may have one in the middle. */
const MOST_IDLE = 3;
const MAX_TOOLS = 10_000;
/** Characters of all pages as JSON. Definitions are held in memory by every process, and approved ones are on record for good. */
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * Reads all pages of `tools/list`. `ask` sends one request and answers its result, or throws. Entries that are no tools
 * or can't be pinned, and repeated names, are left out and logged: two definitions under one name can't be told apart.
 * A page without a new name ends the list, as do some empty ones in a row and a cursor that was there before: some servers never
 * stop naming a next page.
 * Throws `UpstreamUnavailable` when a page is no tool list, or there are more than 100 pages, 10,000 tools or 4 MiB.
 */
export async function eachToolPage(
  ask: (params: JsonObject) => Promise<JsonObject>,
  log: UpstreamLog,
): Promise<JsonObject[]> {
  const tools = new Map<string, JsonObject>();
  const cursors = new Set<string>();
  let params: JsonObject = {};
  let text = 0;
  let idle = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const result = await ask(params);
    if (!Array.isArray(result['tools'])) throw new UpstreamUnavailable('the answer is no list of tools');
    text += JSON.stringify(result['tools']).length;
    if (text > MAX_TEXT) throw new UpstreamUnavailable(`more than ${MAX_TEXT} characters of tools`);
    const known = tools.size;
    addTools(tools, result['tools'], log);
    if (tools.size > MAX_TOOLS) throw new UpstreamUnavailable(`more than ${MAX_TOOLS} tools`);
    if (tools.size > known) idle = 0;
    else idle += result['tools'].length === 0 ? 1 : MOST_IDLE;
    const cursor = result['nextCursor'];
    if (typeof cursor !== 'string' || cursors.has(cursor) || idle >= MOST_IDLE) return [...tools.values()];
    cursors.add(cursor);
    params = { cursor };
  }
  throw new UpstreamUnavailable(`more than ${MAX_PAGES} pages of tools`);
}

function addTools(tools: Map<string, JsonObject>, page: readonly unknown[], log: UpstreamLog): void {
  for (const tool of page) {
    const name = isObject(tool) ? tool['name'] : undefined;
    if (!isObject(tool) || typeof name !== 'string' || name === '') {
      log('warn', 'entry of tools/list is not a tool');
      continue;
    }
    const why = tools.has(name) ? 'tool listed twice, the first one counts' : whyUnpinnable(tool);
    if (why === null) tools.set(name, tool);
    else log('warn', why, { tool: name.slice(0, 128) });
  }
}

/** What has no digest can't be pinned. Null for what has one. */
function whyUnpinnable(tool: JsonObject): string | null {
  try {
    canonical(tool);
    return null;
  } catch (error) {
    if (error instanceof CanonicalError) return `tool left out: ${error.message}`;
    throw error;
  }
}
