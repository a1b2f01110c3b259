import { isObject } from '@sallyport/base';
import type { Place, ServerList } from './client-file.ts';

/** One server of a client's file, as clients write it. */
export interface ClientServer {
  readonly name: string;
  readonly place: Place;
  /** The folder that its relative paths start from; null where the client decides that. */
  readonly folder: string | null;
  readonly command: string | null;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly envFile: string | null;
  readonly cwd: string | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Tools that the client has switched off. */
  readonly toolsOff: readonly string[];
  /** Whether the client signs in to it by itself. */
  readonly signsIn: boolean;
}

export interface ClientServers {
  readonly servers: readonly ClientServer[];
  /** Which entries were left as they are, and why. */
  readonly leftOut: readonly string[];
}

/**
 * The servers to guard. Left as they are: what is switched off, what can't be used, and an entry of ours, since a gateway that
 * guards itself would ask itself without end.
 */
export function clientServers(lists: readonly ServerList[]): ClientServers {
  const servers: ClientServer[] = [];
  const leftOut: string[] = [];
  for (const list of lists)
    for (const [name, given] of Object.entries(list.servers)) {
      const server = isObject(given) ? serverOf(name, given, list) : null;
      const why = server === null ? 'it is not an object' : reasonToLeaveOut(server, given as Given, list);
      if (why !== null) leftOut.push(`${name}: ${why}, so it was left as it is.`);
      else if (server !== null) servers.push(server);
    }
  return { servers, leftOut };
}

type Given = Readonly<Record<string, unknown>>;

function serverOf(name: string, given: Given, { place, folder }: ServerList): ClientServer {
  // Zed wrote a program as one object once.
  const program: Given = isObject(given['command']) ? given['command'] : { ...given, path: given['command'] };
  return {
    name,
    place,
    folder,
    command: textOf(program['path']),
    args: Array.isArray(program['args']) ? program['args'].map(String) : [],
    env: textsOf(program['env']),
    envFile: textOf(given['envFile']),
    cwd: textOf(given['cwd']),
    url: textOf(given['url'] ?? given['serverUrl']),
    headers: textsOf(given['headers']),
    toolsOff: Array.isArray(given['disabledTools']) ? given['disabledTools'].map(String) : [],
    signsIn: ['auth', 'oauth', 'headersHelper'].some((key) => given[key] !== undefined && given[key] !== null),
  };
}

function reasonToLeaveOut(server: ClientServer, given: Given, { off }: ServerList): string | null {
  if (given['disabled'] === true || given['enabled'] === false || off.includes(server.name))
    return 'it is switched off (disabled)';
  if (isOurs(server)) return 'it is Sallyport itself';
  return addressFault(server);
}

function addressFault({ command, url }: ClientServer): string | null {
  if (url === null) return command === null ? 'it has neither "command" nor "url"' : null;
  return /^(https?:\/\/|.*\$\{)/i.test(url) ? null : 'its "url" is no http:// or https:// address';
}

/** The entry that `init` shows, or one that starts `sallyport stdio`. */
function isOurs({ name, command, args, url }: ClientServer): boolean {
  if (url !== null) return name === 'sallyport' && /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url);
  return (
    [command ?? '', ...args].some((word) => /(^|[\\/])sallyport(\.mjs|-\d[^\\/]*\.tgz)?$/.test(word)) &&
    args.includes('stdio')
  );
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  const texts = Object.entries(value).filter(([, member]) => ['string', 'number', 'boolean'].includes(typeof member));
  return Object.fromEntries(texts.map(([key, member]) => [key, String(member)]));
}
