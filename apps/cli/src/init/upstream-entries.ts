import type { McpServer } from './mcp-servers.ts';
import { hasLogin, isSecretVariable, withoutSecrets } from './secret-signs.ts';
import type { SecretStore } from './secret-store.ts';

/** One entry under `upstreams:`. */
export type UpstreamEntry = Readonly<Record<string, unknown>>;

export interface Entries {
  readonly upstreams: Readonly<Record<string, UpstreamEntry>>;
  /** What the person must look at, one sentence each. Never holds a secret. */
  readonly warnings: readonly string[];
}

/** What programs that fetch things need where the network is special; passed on where it is set. */
const NETWORK = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/**
 * Turns a client's servers into upstreams; secrets go to the store, and the entries only name them.
 *
 * @param environment our own; of it only names are used
 */
export function upstreamEntries(
  servers: readonly McpServer[],
  secrets: SecretStore,
  environment: Readonly<Record<string, string | undefined>>,
): Entries {
  const network = [...NETWORK, ...NETWORK.map((name) => name.toLowerCase())].filter((name) => environment[name]);
  const upstreams: Record<string, UpstreamEntry> = {};
  const warnings: string[] = [];
  for (const server of servers) {
    const id = freeId(server.name, upstreams);
    const warn = (text: string): void => void warnings.push(`${id}: ${text}`);
    upstreams[id] =
      server.url === null
        ? program({ server, secrets, warn }, network)
        : remote(id, { server, url: server.url, secrets, warn });
  }
  return { upstreams, warnings };
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
  readonly server: McpServer;
  readonly secrets: SecretStore;
  readonly warn: (text: string) => void;
}

function program(parts: Parts, network: readonly string[]): UpstreamEntry {
  const { server, warn } = parts;
  const { command, cwd } = server;
  const { args, removed } = withoutSecrets(server.args);
  if (removed > 0)
    warn('an argument looks like a secret and was left out; find another way to give it to the program.');
  const { env, passed } = variables(parts, network);
  return {
    command: [command, ...args],
    ...(cwd !== null && { cwd }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(passed.length > 0 && { pass_env: passed }),
  };
}

function variables({ server: { env: given }, secrets, warn }: Parts, network: readonly string[]) {
  const env: Record<string, string> = {};
  const passed = network.filter((name) => !Object.hasOwn(given, name));
  for (const [name, value] of Object.entries(given)) {
    if (value === `\${${name}}` || value === `\${env:${name}}`) passed.push(name);
    else if (/\$\{.*\}/.test(value)) warn(`the variable ${name} refers to others, which is not understood here.`);
    else if (!isSecretVariable(name, value)) env[name] = value;
    else if (secrets.keep(name, value)) passed.push(name);
    else warn(`the variable ${name} has another value for another server; only the first one is kept.`);
  }
  return { env, passed };
}

function remote(id: string, { server, url, secrets, warn }: Parts & { readonly url: string }): UpstreamEntry {
  if (server.sse) warn('the older SSE transport is not spoken here; use the server’s Streamable HTTP address.');
  const headers: Record<string, { env: string }> = {};
  for (const [name, value] of Object.entries(server.headers)) {
    const [, variable] = /^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value) ?? [];
    if (variable === undefined && value.includes('${'))
      warn(`the header ${name} is put together from variables; set it yourself.`);
    else headers[name] = { env: variable ?? secrets.keepLike(`${id}_${name}`, value) };
  }
  const clean = hasLogin(url) ? cleanUrl(url) : url;
  if (clean !== url) warn('the address held a credential, which was left out; give it in a header.');
  return { url: clean, ...(Object.keys(headers).length > 0 && { headers }) };
}

function cleanUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
