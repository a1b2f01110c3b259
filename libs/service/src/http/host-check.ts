import { isIP, isIPv4 } from 'node:net';
import type { Config } from '@sallyport/contracts';

/** What of the configuration says by which names we are known. */
export type HostNames = Pick<Config, 'public_url' | 'allowed_hosts' | 'allowed_origins'>;

/** Why a request is turned away before anything of it is read; null where it may come in. */
export type HostCheck = (
  host: string | undefined,
  origin: string | undefined,
) => 'forbidden_host' | 'forbidden_origin' | null;

/**
 * Stops DNS rebinding: a web page whose name was made to point at us still sends its own name. Loopback names, the host
 * of `public_url` and `allowed_hosts` may be named in `Host` (any port, unless one is configured); an `Origin` must be
 * one of `allowed_origins`, of `public_url`, or of a loopback name where we were reached by one.
 *
 * @param addresses also lets in by any IP address and without a Host, as probes of orchestrators and balancers ask: a web
 * page can't have another name made to point here without sending that name
 */
export function createHostCheck(config: HostNames, { addresses = false } = {}): HostCheck {
  const publicUrl = config.public_url === undefined ? null : new URL(config.public_url);
  const hosts = new Set(config.allowed_hosts.map((host) => host.toLowerCase()));
  if (publicUrl !== null) hosts.add(publicUrl.host).add(publicUrl.hostname);
  const origins = new Set(config.allowed_origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  if (publicUrl !== null) origins.add(publicUrl.origin);
  const good = new Set<string>(); // the few values that come again and again

  function hostAllowed(host: string): boolean {
    if (good.has(host)) return true;
    const name = host.toLowerCase();
    const named = isLoopback(name) || hosts.has(name) || hosts.has(withoutPort(name));
    const allowed = named || (addresses && isAddress(withoutPort(name)));
    if (allowed && good.size < 64) good.add(host);
    return allowed;
  }

  return function check(host, origin) {
    if (host === undefined ? !addresses : !hostAllowed(host)) return 'forbidden_host';
    if (origin === undefined) return null;
    const named = origin.toLowerCase();
    const allowed = origins.has(named) || (isLoopback(host?.toLowerCase() ?? '') && isLoopbackOrigin(named));
    return allowed ? null : 'forbidden_origin';
  };
}

function isLoopbackOrigin(origin: string): boolean {
  return /^https?:\/\//.test(origin) && isLoopback(origin.slice(origin.indexOf('//') + 2));
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(host);
}

function isAddress(name: string): boolean {
  return isIPv4(name) || (/^\[.+\]$/.test(name) && isIP(name.slice(1, -1)) === 6);
}

function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '');
}
