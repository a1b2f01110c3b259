import { type Clock, type JsonObject, proxiesOf, type UpstreamParts } from '@sallyport/contracts';
import { createHttpUpstream } from './http/http-upstream.ts';
import type { UsersParts } from './auth/connection-book.ts';
import { type ClientInfo, type ManagedUpstream, productInfo } from './managed-upstream.ts';
import { createStdioUpstream } from './stdio/stdio-upstream.ts';
import { boundedLog, type UpstreamLog } from './bounded-log.ts';

export interface UpstreamOptions {
  readonly id: string;
  readonly config: UpstreamParts;
  /** The configuration's folder: programs run from it. */
  readonly baseDir: string;
  /** Our own environment. Programs get only the variables of an allow-list. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The resolved values of `config.headers`. */
  secrets(): Readonly<Record<string, string>>;
  /** A `fetch` for documents: it reaches public addresses and the origins of these URLs, is bounded and follows no redirect. */
  fetchFor(named: readonly string[]): typeof globalThis.fetch;
  /** For `auth.type: authorization_code`. */
  readonly users?: UsersParts;
  readonly clock: Clock;
  readonly log: UpstreamLog;
  /** Told the method of each request to a client that belongs to no call, and was refused. */
  readonly strayRefused?: (method: string) => void;
  readonly clientInfo?: ClientInfo;
}

/** MCP Apps: many servers list the tools that have a view to clients alone that say they draw them. */
const apps: JsonObject = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };

/** The upstream that a configuration describes: a program (`command`) or an HTTP server (`url`). Nothing is awaited. */
export function createUpstream({ config, clientInfo = productInfo, ...options }: UpstreamOptions): ManagedUpstream {
  // A view is a resource, so that nobody could draw it where these are not offered.
  const extensions = config.offers.includes('resources') ? { extensions: apps } : {};
  const rest = {
    ...options,
    clientInfo: { ...clientInfo, ...extensions },
    log: boundedLog(options.log, options.clock),
  };
  return 'url' in config
    ? createHttpUpstream({ ...rest, config, proxies: proxiesOf(options.env) })
    : createStdioUpstream({ ...rest, config });
}
