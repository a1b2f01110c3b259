import type { JsonObject, JsonValue } from '@sallyport/contracts';

const page = /^text\/html;\s*profile="?mcp-app"?$/i;

/** Whether that is the type of a page that a host draws (MCP Apps). */
export function isPageType(mimeType: JsonValue | undefined): boolean {
  return typeof mimeType === 'string' && page.test(mimeType);
}

/** Whether contents are such a page: code, which hosts run apart from everything else. A block, which has a `type`, is shown as text. */
export function isAppPage({ uri, mimeType, type }: JsonObject): boolean {
  return type === undefined && typeof uri === 'string' && uri.startsWith('ui://') && isPageType(mimeType);
}
