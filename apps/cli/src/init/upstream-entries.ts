import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { PLACEHOLDER } from '@sallyport/contracts';
import type { ClientServer } from './client-servers.ts';
import { isSecretArgument, isSecretUrl, isSecretVariable } from './secret-signs.ts';
import type { SecretStore } from './secret-store.ts';
import { expand, type ClientContext, variableOf } from './variables.ts';

/** One entry under `upstreams:`. */
export type UpstreamEntry = Readonly<Record<string, unknown>>;

export interface Entries {
  readonly upstreams: Readonly<Record<string, UpstreamEntry>>;
  /** Tools that the client had switched off, by upstream. */
  readonly toolsOff: Readonly<Record<string, readonly string[]>>;
  /** What the person must look at, one sentence each. Never holds a secret. */
  readonly warnings: readonly string[];
}

/** Where the client's file and ours are. */
export interface Places extends Omit<ClientContext, 'folder'> {
  /** Folder of the client's file. */
  readonly from: string;
  /** Folder of `sallyport.yaml`. */
  readonly here: string;
  /** Folder that `init` was started in. */
  readonly started: string;
}

/** What programs that fetch things need where the network is special; passed on where it is set. */
const NETWORK = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** Turns a client's servers into upstreams; secrets go to the store, and the entries only name them. */
export function upstreamEntries(servers: readonly ClientServer[], secrets: SecretStore, places: Places): Entries {
  const upstreams: Record<string, UpstreamEntry> = {};
  const toolsOff: Record<string, readonly string[]> = {};
  const warnings: string[] = [];
  for (const server of servers) {
    const id = freeId(server.name, upstreams);
    const warn = (text: string): void => void warnings.push(`${id}: ${text}`);
    const parts: Parts = { id, server, secrets, warn, places, context: { ...places, folder: server.folder } };
    if (server.signsIn) warn('its client signs in to it, which Sallyport does not: give it a token in a header.');
    upstreams[id] = server.url === null ? program(parts) : remote(parts, server.url);
    if (server.toolsOff.length > 0) toolsOff[id] = server.toolsOff;
  }
  return { upstreams, toolsOff, warnings };
}

/** An upstream's id: lower-case letters, digits and dashes, at most 32, starting with a letter. */
function freeId(name: string, taken: Readonly<Record<string, unknown>>): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const base = (/^[a-z]/.test(plain) ? plain : `server-${plain}`).slice(0, 29).replace(/-+$/, '');
  let id = base;
  for (let attempt = 2; Object.hasOwn(taken, id); attempt += 1) id = `${base}-${attempt}`;
  return id;
}

interface Parts {
  readonly id: string;
  readonly server: ClientServer;
  readonly secrets: SecretStore;
  readonly warn: (text: string) => void;
  readonly places: Places;
  readonly context: ClientContext;
}

function program(parts: Parts): UpstreamEntry {
  const { server, context } = parts;
  const { env, passed } = variables(parts);
  const command = commandLine(parts, passed);
  const cwd = folderOf(parts, [...command, ...Object.values(env)]);
  const network = [...NETWORK, ...NETWORK.map((name) => name.toLowerCase())];
  const pass = [...network.filter((name) => context.environment[name] && !Object.hasOwn(server.env, name)), ...passed];
  return {
    command,
    ...(cwd !== null && { cwd }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(pass.length > 0 && { pass_env: pass }),
  };
}

type Word = string | { readonly env: string };

/** The command line; words that hold a credential are named, and `docker run -e NAME=value` passes the variable on instead. */
function commandLine(parts: Parts, passed: string[]): Word[] {
  const words = [parts.server.command ?? '', ...parts.server.args];
  const isContainer = words.some((word) => /(^|[\\/])(docker|podman|nerdctl)(\.exe)?$/.test(word));
  return words.map((word, at) => {
    const before = words[at - 1] ?? '';
    const variable = isContainer ? containerVariable(word, before) : null;
    if (variable === null || !keepVariable(parts, variable.name, variable.value))
      return wordOf({ given: word, before, at }, parts);
    passed.push(variable.name);
    return variable.without;
  });
}

/** `-e NAME=value` where the value is a credential; without it, the variable is passed on. */
function containerVariable(word: string, before: string): { name: string; value: string; without: string } | null {
  const [, option, name, value] = /^(--env=)?([A-Za-z_]\w*)=(.+)$/s.exec(word) ?? [];
  if (name === undefined || value === undefined || !isSecretVariable(name, value)) return null;
  const isOption = option !== undefined || before === '-e' || before === '--env';
  return isOption ? { name, value, without: `${option ?? ''}${name}` } : null;
}

function wordOf({ given, before, at }: { given: string; before: string; at: number }, parts: Parts): Word {
  if (namesOwn(given, parts.server)) return given;
  const { text, unknown } = expand(given, parts.context);
  const isSecret = isSecretArgument(text, before) || unknown.some(isAsked);
  const word = isSecret ? { env: parts.secrets.keepLike(`${parts.id}_arg_${at}`, text) } : text;
  tellUnknown(parts, unknown, typeof word === 'string' ? 'sallyport.yaml' : `${word.env} in sallyport.env`);
  return word;
}

/** A program looks up its own variables itself: `mcp-remote … --header Authorization:${AUTH}`. */
function namesOwn(word: string, { env }: ClientServer): boolean {
  return Object.keys(env).some((name) => word.includes(`\${${name}}`));
}

/** What a person or their environment knows, not a folder: likely a credential. */
function isAsked(variable: string): boolean {
  return !variable.startsWith('${workspace');
}

function tellUnknown({ warn }: Parts, unknown: readonly string[], where: string): void {
  if (unknown.length > 0)
    warn(`${[...new Set(unknown)].join(', ')} is not known here: write its value over ${PLACEHOLDER} at ${where}.`);
}

/** A variable that is read when Sallyport starts. */
function tellUnset({ warn, context }: Parts, name: string): void {
  if (!context.environment[name]) warn(`${name} is not set here: set it where Sallyport is started.`);
}

function variables(parts: Parts): { env: Record<string, string>; passed: string[] } {
  const { server, context } = parts;
  const env: Record<string, string> = {};
  const passed: string[] = [];
  for (const [name, value] of Object.entries({ ...fromFile(parts), ...server.env })) {
    if (variableOf(value) === name) {
      passed.push(name);
      tellUnset(parts, name);
      continue;
    }
    const { text, unknown } = expand(value, context);
    tellUnknown(parts, unknown, `${name} in sallyport.env`);
    if (unknown.length === 0 && !isSecretVariable(name, text)) env[name] = text;
    else if (keepVariable(parts, name, text)) passed.push(name);
  }
  return { env, passed };
}

function keepVariable({ secrets, warn }: Parts, name: string, value: string): boolean {
  const kept = secrets.keep(name, value);
  if (!kept) warn(`the variable ${name} has another value for another server; only the first one is kept.`);
  return kept;
}

function fromFile({
  server: { envFile, folder },
  places,
  context,
  warn,
}: Parts): NodeJS.Dict<string> & Record<string, string> {
  if (envFile === null) return {};
  const file = resolve(folder ?? places.from, expand(envFile, context).text);
  try {
    const found = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
    warn(`what ${file} holds was copied; a later change of it does not count.`);
    return found;
  } catch (error) {
    warn(`its variables in ${file} can't be read (${(error as NodeJS.ErrnoException).code}).`);
    return {};
  }
}

/**
 * Where a program is started: relative paths mean what they mean to its client, or the person is told that they may not. With
 * Sallyport's files in a folder of their own no program is started there, where the folder of its client is known.
 */
function folderOf({ server, places, context, warn }: Parts, words: readonly Word[]): string | null {
  const folder = server.folder ?? (places.from === places.started ? places.from : null);
  if (server.cwd !== null) return resolve(folder ?? places.from, expand(server.cwd, context).text);
  if ((folder ?? places.from) === places.here) return null;
  const relative = words.filter((word) => typeof word === 'string').filter(isRelativePath);
  if (relative.length === 0) return places.here === places.started ? null : folder;
  if (folder === null)
    warn(
      `${relative.join(', ')} starts from a folder that its client chooses, and from ${places.here} here: write whole paths into sallyport.yaml.`,
    );
  else warn(`${relative.join(', ')} starts from ${folder}, so it is started there (\`cwd\`).`);
  return folder;
}

function isRelativePath(word: string): boolean {
  if (/^\.{1,2}([\\/]|$)/.test(word)) return true;
  return /^[^-@~:][^:]*\.([mc]?[jt]s|py|sh|rb|jar|json|db|sqlite|env)$/i.test(word) && !isAbsolute(word);
}

function remote(parts: Parts, given: string): UpstreamEntry {
  const { id, server, secrets, context } = parts;
  const headers = Object.fromEntries(
    Object.entries(server.headers).map(([name, value]) => [name, { env: headerOf(parts, name, value) }]),
  );
  const { text, unknown } = expand(given, context);
  const { url, login } = withoutLogin(text);
  if (login !== null) headers['Authorization'] ??= { env: secrets.keepLike(`${id}_authorization`, login) };
  const isSecret = isSecretUrl(url) || unknown.length > 0;
  const address = isSecret ? { env: secrets.keepLike(`${id}_url`, url) } : url;
  if (typeof address !== 'string') tellUnknown(parts, unknown, `${address.env} in sallyport.env`);
  return { url: address, ...(Object.keys(headers).length > 0 && { headers }) };
}

/** The variable that a header is read from. */
function headerOf(parts: Parts, name: string, value: string): string {
  const variable = variableOf(value);
  if (variable !== null) {
    tellUnset(parts, variable);
    return variable;
  }
  const { text, unknown } = expand(value, parts.context);
  const kept = parts.secrets.keepLike(`${parts.id}_${name}`, text);
  tellUnknown(parts, unknown, `${kept} in sallyport.env`);
  return kept;
}

/** A name and password in an address are sent as a header: no address that is asked may hold them. */
function withoutLogin(text: string): { url: string; login: string | null } {
  if (!URL.canParse(text)) return { url: text, login: null };
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { url: text, login: null };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url: url.href, login: `Basic ${Buffer.from(pair).toString('base64')}` };
}
