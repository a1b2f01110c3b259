import { textFault } from './plain-text.ts';

/**
 * What to change in a URI that is not its own normal form (RFC 3986 section 6.2.2, and the URL standard for the schemes that it knows);
 * null where it is. In normal form a URI has one spelling only, so that a rule on the text is a rule on what is fetched.
 *
 * @param uri as the client wrote it
 * @returns a phrase that goes on from the argument's name and never quotes the value
 */
export function uriFault(uri: string): string | null {
  return textFault(uri) ?? schemeFault(uri) ?? encodingFault(uri) ?? partsFault(uri);
}

function schemeFault(uri: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(uri)) return 'must be a whole URI that begins with its scheme, such as https://';
  if (!/^[a-z0-9+.-]+:/.test(uri)) return 'must have its scheme in small letters';
  return /^[\u0021-\u007e]+$/.test(uri)
    ? null
    : 'must be plain ASCII: the host in its xn-- form, other characters percent-encoded, no spaces';
}

function encodingFault(uri: string): string | null {
  if (/%(?![0-9A-F]{2})/.test(uri)) return 'must have "%" only before two digits or capital letters from A to F';
  if (/%25(?:[0-9A-Fa-f]{2}|u)/.test(uri)) return 'must not be percent-encoded twice';
  if (uri.includes('%00')) return 'must hold no encoded NUL';
  const needless = [...uri.matchAll(/%([0-9A-F]{2})/g)].some(([, hex = '']) => isUnreserved(hex));
  return needless ? 'must not percent-encode letters, digits, "-", ".", "_" and "~": write them as they are' : null;
}

/** RFC 3986 section 2.3. */
function isUnreserved(hex: string): boolean {
  return /[A-Za-z0-9._~-]/.test(String.fromCharCode(Number.parseInt(hex, 16)));
}

function partsFault(uri: string): string | null {
  if (uri.includes('#')) return 'must have no fragment: leave out "#" and what follows';
  // Readers of files drop it, so that it would be another spelling of the same file.
  if (/^file:.*\?/.test(uri)) return 'must have no query for a file: leave out "?" and what follows';
  const url = URL.parse(uri);
  if (url === null) return 'must be a URI that can be read';
  const [, authority] = /^[^:]+:\/\/([^/?]*)/.exec(uri) ?? [];
  return (
    (authority === undefined ? null : authorityFault(authority, url)) ??
    pathFault(uri) ??
    (url.href === uri ? null : 'must be in normal form: no default port, the host as it is looked up, "/" after it')
  );
}

function authorityFault(authority: string, { protocol, host, pathname }: URL): string | null {
  if (authority.includes('@')) return 'must hold no user name or password';
  if (protocol === 'file:') return authority === '' ? null : 'must have no host: write file:///';
  // `notes:///a` has none; of `https:///a` the path is read as one.
  if (authority === '') return host === '' && pathname !== '' ? null : 'must have a host';
  if (/[A-Z]/.test(authority)) return 'must have its host in small letters';
  if (authority.includes('%')) return 'must have a host that is not percent-encoded';
  return /\.(?::\d*)?$/.test(authority) ? 'must have a host that does not end with a dot' : null;
}

function pathFault(uri: string): string | null {
  // Readers see the path of `notes:///a` in `notes:/a`, too.
  if (/^[^:]+:\/(?!\/)/.test(uri)) return 'must have "//" before a path that begins with "/"';
  const [path = ''] = uri.replace(/^[^:]+:(?:\/\/[^/?]*)?/, '').split('?');
  if (/%(?:2F|5C|25|0[0-9A-F]|1[0-9A-F]|7F)/.test(path))
    return 'must have no encoded "/", "\\", "%" and control characters in its path';
  const segments = path.split('/');
  // Some servers cut `;…` off a segment before they look at it.
  const names = segments.map((segment) => segment.replace(/;.*$/, ''));
  if (names.includes('..')) return 'must not have ".." in its path: write the path that it leads to';
  if (names.includes('.')) return 'must not have "." as a part of its path';
  return segments.slice(1, -1).includes('') ? 'must not have "//" in its path' : null;
}
