import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Why a request can't be taken as it stands, whatever it asks for. */
export interface RequestFault {
  /** Of HTTP. */
  readonly status: number;
  /** A snake_case code. */
  readonly error: string;
  /** One sentence for the client: what is wrong and what to send. */
  readonly message: string;
}

type Head = Pick<IncomingMessage, 'httpVersion' | 'rawHeaders' | 'headers' | 'url'>;

/**
 * Headers that a request may carry once. Node keeps the first of some, the last of none and joins the rest, a proxy may do
 * otherwise: the value that was checked must be the value that is used.
 */
const single = new Set([
  'host',
  'authorization',
  'dpop',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'origin',
  'expect',
  'last-event-id',
  'mcp-session-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
]);
const MAX_HEADERS = 100;

/**
 * Finds what makes a request ambiguous before anything of its body is read (RFC 9112): single headers that come twice, a
 * target of another host, a framing that programs understand differently.
 */
export function requestFault({ httpVersion, rawHeaders, headers, url = '' }: Head): RequestFault | null {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return fault(505, 'http_version', 'Only HTTP/1.1 and HTTP/1.0 are spoken here.');
  return repeatedHeader(rawHeaders) ?? framingFault(httpVersion, headers) ?? targetFault(url, headers.host);
}

function repeatedHeader(rawHeaders: readonly string[]): RequestFault | null {
  if (rawHeaders.length > 2 * MAX_HEADERS)
    return fault(431, 'too_many_headers', `A request has at most ${MAX_HEADERS} headers.`);
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!single.has(name) && !name.startsWith('mcp-param-')) continue;
    if (seen.has(name)) return fault(400, 'repeated_header', `The header ${name} may be sent once only.`);
    seen.add(name);
  }
  return null;
}

function framingFault(version: string, headers: IncomingHttpHeaders): RequestFault | null {
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return null;
  if (coding.toLowerCase() !== 'chunked')
    return fault(501, 'transfer_encoding', 'The only transfer encoding that is understood is chunked.');
  return version === '1.0' ? fault(400, 'transfer_encoding', 'HTTP/1.0 has no transfer encodings.') : null;
}

/** An absolute target names its own host, which counts instead of `Host` (RFC 9112 section 3.2.2): they must agree. */
function targetFault(url: string, host: string | undefined): RequestFault | null {
  if (url.startsWith('/') && !url.includes('#')) return null;
  const [, scheme = '', authority = ''] = /^(https?):\/\/([^/?#@]+)(?:[/?][^#]*)?$/i.exec(url) ?? [];
  if (authority !== '' && host !== undefined && plain(scheme, authority) === plain(scheme, host)) return null;
  return fault(
    400,
    'foreign_target',
    'The request target must be a path of this server, or a URL that agrees with Host.',
  );
}

function plain(scheme: string, authority: string): string {
  const port = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  const name = authority.toLowerCase();
  return name.endsWith(port) ? name.slice(0, -port.length) : name;
}

/**
 * Says why a body can't be JSON text in UTF-8 by what its headers say. Requiring the type also keeps web pages out: a form
 * can't send it.
 */
export function jsonContentFault(
  headers: Pick<IncomingHttpHeaders, 'content-type' | 'content-encoding'>,
): RequestFault | null {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  if (type === 'application/json' && encoding === 'identity') return null;
  if (encoding.toLowerCase() !== 'identity')
    return fault(415, 'content_encoding', 'Send the body as it is, without a Content-Encoding.');
  const [media = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  if (media !== 'application/json') return fault(415, 'not_json', 'The content type must be application/json.');
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset'));
  if (charsets.length > 1 || charsets.some((charset) => !/^charset="?utf-?8"?$/.test(charset)))
    return fault(415, 'charset', 'The charset must be utf-8: send the body in UTF-8.');
  return null;
}

function fault(status: number, error: string, message: string): RequestFault {
  return { status, error, message };
}
