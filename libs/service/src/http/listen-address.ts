export interface ListenAddress {
  /** Without brackets, as `listen()` takes it. */
  readonly host: string;
  readonly port: number;
}

/**
 * Splits `listen` of the configuration: `127.0.0.1:8787`, `localhost:8787`, `[::1]:8787`.
 *
 * @throws RangeError when it is not an address and a port of 0 to 65535
 */
export function listenAddress(listen: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(listen) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !(port <= 65_535)) {
    throw new RangeError(`${JSON.stringify(listen)} is not an address and a port such as 127.0.0.1:8787.`);
  }
  return { host, port };
}

/** The URL of a host and port; IPv6 addresses get their brackets back. */
export function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
