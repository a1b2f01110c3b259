import { textFault } from './plain-text.ts';

/**
 * What to change in a path that is not its own normal form; null where it is. In normal form a path has one spelling only, so that a
 * rule on the text is a rule on the file: `/srv/docs/a.txt`, `docs/a.txt`, `/`, `.`, `C:/docs`.
 *
 * @param path as the client wrote it
 * @returns a phrase that goes on from the argument's name and never quotes the value
 */
export function pathFault(path: string): string | null {
  return textFault(path) ?? beginningFault(path) ?? spellingFault(path) ?? segmentsFault(path);
}

function beginningFault(path: string): string | null {
  if (path.startsWith('~')) return 'must not begin with "~": write the whole path';
  if (/^[a-z]:/.test(path)) return 'must have its drive letter as a capital';
  if (/^[A-Z]:(?!\/)/.test(path)) return 'must go on with "/" after its drive letter';
  return /^[a-z][a-z0-9+.-]+:\//i.test(path) ? 'must be a path, not a URI' : null;
}

/** Fraction, division and set-minus signs, which no normal form folds. */
const lookalikes = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9]/u;
const signs = /[/.:~\\]/g;

function spellingFault(path: string): string | null {
  if (/%(?:[0-9a-f]{2}|u[0-9a-f]{4})/i.test(path))
    return 'must not be percent-encoded: write the characters themselves';
  if (path.normalize('NFC') !== path) return 'must be in Unicode normal form C';
  // Some programs fold `．．／` to `../`.
  const folded = path.normalize('NFKC');
  return lookalikes.test(path) || signsOf(folded) !== signsOf(path)
    ? 'must be written with plain "/", "." and ":", not with characters that only look like them'
    : null;
}

function signsOf(path: string): string {
  return (path.match(signs) ?? []).join('');
}

function segmentsFault(path: string): string | null {
  if (path === '/' || path === '.' || /^[A-Z]:\/$/.test(path)) return null;
  if (path.endsWith('/')) return 'must not end with "/"';
  const segments = (path.startsWith('/') ? path.slice(1) : path).split('/');
  if (segments.includes('')) return 'must not have "//" in it';
  if (segments.includes('..')) return 'must not have ".." in it: write the path that it leads to';
  if (segments.includes('.')) return 'must not have "." as a part: leave "./" out';
  return segments.some((segment) => /[. ]$/.test(segment)) ? 'must have no part that ends with a dot or a space' : null;
}
