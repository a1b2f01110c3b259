/** Through which proxies the network is reached, as the dispatchers of undici take it; an empty text is none. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** This machine is never reached through a proxy. */
const OWN = 'localhost,127.0.0.1,[::1]';

/**
 * What `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say, in small letters first, as curl has it.
 *
 * @returns null where there is no proxy
 */
export function proxiesOf(env: Readonly<Record<string, string | undefined>>): Proxies | null {
  const named = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? '';
  const [httpProxy, httpsProxy] = [named('HTTP_PROXY'), named('HTTPS_PROXY')];
  if (httpProxy === '' && httpsProxy === '') return null;
  const others = named('NO_PROXY');
  return { httpProxy, httpsProxy, noProxy: others.trim() === '*' ? '*' : `${OWN},${others}` };
}
