import { join } from 'node:path';
import { httpUrl, isPrivateHost, PLACEHOLDER } from '@sallyport/contracts';
import type {
  Config,
  SignInConfig,
  UpstreamAuthConfig,
  UpstreamAuthParts,
  UpstreamConfig,
  UpstreamParts,
} from '@sallyport/contracts';
import type { HiddenValues } from '@sallyport/sanitizers';
import { environment, type LoadedConfig } from './load-config.ts';
import { aboutFile, type FileProblem } from './config-problems.ts';
import { connectionKeys } from './connection-keys.ts';
import { SecretMissing, type SecretSource, valueOf } from './secret-source.ts';
import { signingKeyOf } from './signing-key.ts';

/**
 * The headers that carry our own credential to an upstream, read from the files and variables that the configuration names.
 *
 * @throws SecretMissing naming the header and where it was looked for, never a value
 */
export function headerSecrets(config: UpstreamConfig, directory: string): Readonly<Record<string, string>> {
  if (!('url' in config)) return {};
  return Object.fromEntries(
    Object.entries(config.headers).map(([name, source]) => [name, valueOf(`header ${name}`, source, directory)]),
  );
}

/**
 * An upstream with the credentials of its arguments, address or OAuth client in the place of their names.
 *
 * @throws SecretMissing naming the place and where it was looked for, never a value
 */
export function withSecrets(config: UpstreamConfig, directory: string): UpstreamParts {
  if ('command' in config) {
    const words = config.command.map((word, at) =>
      typeof word === 'string' ? word : valueOf(`command, word ${at + 1}`, word, directory),
    );
    return { ...config, command: words };
  }
  const { auth, ...rest } = config;
  const url = typeof config.url === 'string' ? config.url : valueOf('url', config.url, directory);
  if (!httpUrl.safeParse(url).success)
    throw new SecretMissing('url: what it names holds no http:// or https:// address');
  return { ...rest, url, ...(auth === undefined ? {} : { auth: withCredential(auth, directory) }) };
}

function withCredential(auth: UpstreamAuthConfig, directory: string): UpstreamAuthParts {
  const { assertion, identity_provider: provider, ...client } = auth;
  const parts = {
    ...clientOf('auth', client, directory),
    ...(provider && { identity_provider: clientOf('auth.identity_provider', provider, directory) }),
  };
  if (assertion === undefined) return parts;
  const read = (): string => valueOf('auth.assertion', assertion, directory);
  // That it is there at all is to be known before.
  read();
  return { ...parts, assertion: read };
}

/** Where an OAuth client has its credential: one of them at most. */
interface ClientSources {
  readonly client_secret?: SecretSource | undefined;
  readonly private_key?: SecretSource | undefined;
}

function clientOf<T extends ClientSources>(place: string, client: T, directory: string) {
  const { client_secret: secret, private_key: key, ...rest } = client;
  return { ...rest, credential: credentialOf(place, { client_secret: secret, private_key: key }, directory) };
}

function credentialOf(
  place: string,
  { client_secret: secret, private_key: key }: ClientSources,
  directory: string,
): UpstreamAuthParts['credential'] {
  if (secret !== undefined) return valueOf(`${place}.client_secret`, secret, directory);
  if (key === undefined) return null;
  const credential = signingKeyOf(valueOf(`${place}.private_key`, key, directory));
  if (credential !== null) return credential;
  throw new SecretMissing(
    `${place}.private_key: what it names is no private key of RSA, EC or Ed25519, as PKCS#8 PEM or JWK`,
  );
}

/**
 * What we show each issuer that is asked about tokens (`introspection`), by its URL.
 *
 * @throws SecretMissing naming the issuer and where it was looked for, never a value
 */
export function introspectionSecrets({
  config,
  directory,
}: Pick<LoadedConfig, 'config' | 'directory'>): ReadonlyMap<string, string> {
  const shown = introspectionSources(config).map(
    ([issuer, source]) => [issuer, valueOf(`client_secret of ${issuer}`, source, directory)] as const,
  );
  return new Map(shown);
}

function introspectionSources({ identity, tenants }: Pick<Config, 'identity' | 'tenants'>) {
  const own = identity.issuers.flatMap(({ issuer, introspection }) =>
    introspection === undefined ? [] : [{ issuer, ...introspection }],
  );
  return [...own, ...tenants.introspection].map(({ issuer, client_secret: source }) => [issuer, source] as const);
}

/**
 * What we show an issuer at which people sign in to pages of ours; null for a client without a secret.
 *
 * @throws SecretMissing naming where it was looked for, never a value
 */
export function signInSecret({ client_secret: secret }: SignInConfig, directory: string): string | null {
  return secret === undefined ? null : valueOf('sign_in.client_secret', secret, directory);
}

/** The receiver of `approvals.notify`, with its secrets. */
export interface WebhookConfig {
  readonly url: string;
  readonly secret: string;
  readonly isPrivate: boolean;
}

/**
 * @throws SecretMissing naming what can't be had, or why it can't be used, never a value
 */
export function webhookOf({ config, directory }: Pick<LoadedConfig, 'config' | 'directory'>): WebhookConfig {
  const { notify } = config.approvals;
  if (notify === undefined) throw new SecretMissing('notify: nothing is configured');
  const { secret, private: isPrivate } = notify;
  const url = typeof notify.url === 'string' ? notify.url : valueOf('url', notify.url, directory);
  if (!httpUrl.safeParse(url).success) throw new SecretMissing('url: what it names holds no https:// address');
  const { protocol, hostname } = new URL(url);
  if (!isPrivate && (protocol !== 'https:' || isPrivateHost(hostname)))
    throw new SecretMissing('url: without TLS, or at a private address, only with private: true');
  return { url, secret: valueOf('secret', secret, directory), isPrivate };
}

/** What an upstream is given that must not stand in our log: credentials, and every variable that was chosen for it. */
export function hiddenValues(config: UpstreamConfig, directory: string): HiddenValues {
  const parts = withSecrets(config, directory);
  if ('url' in config) {
    const url = typeof config.url !== 'string' && 'url' in parts ? { url: parts.url } : {};
    return { ...headerSecrets(config, directory), ...url, ...ofClient(config, directory) };
  }
  const passed = config.pass_env.map((name) => [name, environment()[name]] as const);
  const words = 'command' in parts ? parts.command.map((word, at) => [`command/${at}`, word] as const) : [];
  const secret = words.filter((_, at) => typeof config.command[at] !== 'string');
  return { ...Object.fromEntries([...passed, ...secret]), ...config.env };
}

/** What we show an authorization server, as it was read. */
function ofClient({ auth }: { readonly auth?: UpstreamAuthConfig | undefined }, directory: string): HiddenValues {
  const named = clientSources(auth).map(([place, source]) => [place, valueOf(place, source, directory)]);
  return Object.fromEntries(named) as HiddenValues;
}

/**
 * What is read from elsewhere need be no key: `production`, a date, a folder. It is one where it is in one piece, long enough and no path;
 * `Authorization` is one in any case.
 */
const keyWord = /^(?![/.~])\S{16,}$/;

/** The values of the credentials that this instance has for servers and receivers, and the operator's token. What can't be had is left out. */
export function ownKeyValues(loaded: LoadedConfig): readonly string[] {
  const { config, directory, data } = loaded;
  const read = (source: SecretSource): readonly string[] => ifHad(() => valueOf('', source, directory));
  const withoutScheme = (value: string): string => value.replace(/^\S+ /, '');
  const ofUpstream = (upstream: UpstreamConfig): readonly string[] => {
    const isKey = (value: string): boolean => keyWord.test(value);
    if ('command' in upstream)
      return upstream.command.flatMap((word) => (typeof word === 'string' ? [] : read(word))).filter(isKey);
    const url = typeof upstream.url === 'string' ? [] : read(upstream.url);
    const headers = Object.entries(upstream.headers).flatMap(([name, source]) => {
      const values = read(source).map(withoutScheme);
      return name.toLowerCase() === 'authorization' ? values : values.filter(isKey);
    });
    return [...url, ...headers, ...clientSources(upstream.auth).flatMap(([, source]) => read(source))];
  };
  return [
    ...Object.values(config.upstreams).flatMap(ofUpstream),
    ...instanceSources(config).flatMap((source) => (typeof source === 'string' ? [] : read(source))),
    ...read({ file: join(data, 'admin.token') }),
  ];
}

/** Where an upstream may name a credential, with what stands there. */
export function sourcesOf(
  config: UpstreamConfig,
): readonly (readonly [place: string, source: string | SecretSource])[] {
  if ('command' in config) return config.command.map((word, at) => [`command, word ${at + 1}`, word]);
  const { auth, headers, url } = config;
  return [['url', url], ...Object.entries(headers), ...clientSources(auth)];
}

/** Where an OAuth client may name what it proves itself with. */
function clientSources(
  auth: UpstreamAuthConfig | undefined,
): readonly (readonly [place: string, source: SecretSource])[] {
  const { client_secret: secret, private_key: key } = auth?.identity_provider ?? {};
  const named = [
    ['auth.client_secret', auth?.client_secret],
    ['auth.private_key', auth?.private_key],
    ['auth.assertion', auth?.assertion],
    ['auth.identity_provider.client_secret', secret],
    ['auth.identity_provider.private_key', key],
  ] as const;
  return named.flatMap(([place, source]) => (source === undefined ? [] : [[place, source] as const]));
}

/** Where the instance may name a credential that is for no upstream, with what stands there. */
export function instanceSources(
  config: Pick<Config, 'approvals' | 'connections' | 'identity' | 'tenants'>,
): readonly (string | SecretSource)[] {
  const { notify } = config.approvals;
  const signIns = config.identity.issuers.flatMap(({ sign_in: signIn }) => signIn?.client_secret ?? []);
  const keys = config.connections.keys.map(({ key }) => key);
  const shown = [...introspectionSources(config).map(([, source]) => source), ...signIns, ...keys];
  return notify === undefined ? shown : [notify.url, notify.secret, ...shown];
}

/**
 * Where an upstream still has a placeholder in the place of a value: the variables and files that hold one, and the places of
 * the configuration that do. A client's `${input:…}` is one, too: nobody here asks for it.
 */
export function placeholders(config: UpstreamConfig, directory: string): readonly string[] {
  const isOpen = (text = ''): boolean => text.includes(PLACEHOLDER) || /\$\{input:[^}]*\}/.test(text);
  const named = sourcesOf(config).flatMap(([place, source]) => {
    if (typeof source === 'string') return isOpen(source) ? [place] : [];
    const name = 'env' in source ? source.env : source.file;
    return ifHad(() => valueOf(name, source, directory)).some(isOpen) ? [name] : [];
  });
  if (!('command' in config)) return named;
  const passed = config.pass_env.filter((name) => isOpen(environment()[name]));
  const plain = Object.keys(config.env).filter((name) => isOpen(config.env[name]));
  return [...new Set([...named, ...passed, ...plain, ...(isOpen(config.cwd) ? ['cwd'] : [])])];
}

/** The credentials that can't be had, as problems of the configuration: to be known before anything of it is in force. */
export function missingSecrets(loaded: LoadedConfig): readonly FileProblem[] {
  const { config, directory, file } = loaded;

  function problemsOf(place: string, read: () => void): readonly FileProblem[] {
    try {
      read();
      return [];
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error;
      const hint = 'Set the variable or write the file, then start or reload again.';
      return [aboutFile(file, `${place}: ${error.message}`, hint)];
    }
  }

  return [
    ...Object.entries(config.upstreams).flatMap(([id, upstream]) =>
      problemsOf(`upstreams.${id}`, () => {
        headerSecrets(upstream, directory);
        withSecrets(upstream, directory);
      }),
    ),
    ...problemsOf('introspection', () => introspectionSecrets(loaded)),
    ...config.identity.issuers.flatMap(({ sign_in: signIn }) =>
      signIn === undefined ? [] : problemsOf('identity.issuers', () => void signInSecret(signIn, directory)),
    ),
    ...problemsOf('connections', () => void connectionKeys(loaded)),
    ...(config.approvals.notify === undefined ? [] : problemsOf('approvals.notify', () => webhookOf(loaded))),
  ];
}

/** A credential; nothing where it can't be had, such as while its file is replaced. */
function ifHad(read: () => string | readonly string[]): readonly string[] {
  try {
    return [read()].flat();
  } catch (error) {
    if (error instanceof SecretMissing) return [];
    throw error;
  }
}
