export interface ListenAddress {
  /** Without brackets, as `listen()` takes it. */
  readonly host: string;
  readonly port: number;
}

/** Which settings give another address. */
const ELSEWHERE = 'Give another with --listen, or set listen: in sallyport.yaml.';

/** Thrown when the service can't take its address. The message says what to do. */
export class ListenError extends Error {
  /** `listen_failed` where it could be had at another time, `listen_unusable` where it is no address for this machine. */
  readonly code: 'listen_failed' | 'listen_unusable';

  constructor(message: string, { code, cause }: { readonly code: ListenError['code']; readonly cause?: unknown }) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * Splits `listen` of the configuration: `127.0.0.1:8787`, `localhost:8787`, `[::1]:8787`.
 *
 * @throws ListenError when it is not an address and a port of 0 to 65535
 */
export function listenAddress(listen: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(listen) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !(port <= 65_535)) {
    throw new ListenError(
      `${JSON.stringify(listen)} is not an address with a port of 0 to 65535, such as 127.0.0.1:8787. ${ELSEWHERE}`,
      { code: 'listen_unusable' },
    );
  }
  return { host, port };
}

/** What keeps the operating system from listening there, and what to do. */
export function listenError(error: unknown, { host, port }: ListenAddress): ListenError {
  const { code = '' } = error as { code?: string };
  const why = reasons[code];
  const place = urlOf({ host, port }).replace('http://', '');
  return new ListenError(why ? `${place} ${why} ${ELSEWHERE}` : `${place} could not be listened on: ${String(error)}`, {
    code: code === 'EADDRINUSE' || why === undefined ? 'listen_failed' : 'listen_unusable',
    cause: error,
  });
}

const unknownHost = 'names no host that is known here.';
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use. Stop the other program, or use another address.',
  EACCES: 'may not be used by this user, who may use ports above 1023.',
  EADDRNOTAVAIL: 'is no address of this machine.',
  EINVAL: 'is no address of this machine.',
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
};

/** The URL of a host and port; IPv6 addresses get their brackets back. */
export function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
