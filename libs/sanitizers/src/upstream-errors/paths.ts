import { posix } from 'node:path';
import type { Named } from './named.ts';

const separator = String.raw`(?:\\?\/)`;
const bare = String.raw`[^\s"'\x60<>|*?;:,()[\]{}\\/]`;
const posixPath = String.raw`~?(?:${separator}${bare}{1,255}){1,64}${separator}?(?: [^\s"'\x60\\/]{1,64}(?:\/${bare}{1,255}){1,16})?`;
const windowsPath = String.raw`(?:[A-Za-z]:[\\/]{1,2}|\\\\(?:\\\\)?[\w.$-]{1,255}\\{1,2})(?:[^\s"'\x60<>|*?:;,()\\/]{1,255}[\\/]{0,2}){0,64}`;
const quoted = String.raw`(?<=(["'\x60]))(?:~?\/|[A-Za-z]:[\\/]|\\\\)[^"'\x60\n]{1,1024}(?=\1)`;
const notWithin = String.raw`(?<![\p{L}\p{N}_.#/\\\])}%~-])`;
const paths = new RegExp(
  [
    quoted,
    String.raw`\bfile:\/{1,3}[^\s"'\x60<>]{1,2048}`,
    `${notWithin}(?:${posixPath}|${windowsPath})`,
    // Begins only where a run does: from every place of one it would be read again.
    String.raw`(?:(?<![\w@.\\/-])[\w@.-]{0,64}(?:[\\/][\w@.-]{1,64}){0,16}[\\/]?)?\bnode_modules[\\/][^\s"'\x60()]{1,1024}`,
  ].join('|'),
  'gu',
);

/** Puts `mark` in the place of absolute paths, but for those in a root and those that the caller wrote. */
export function cutPaths(text: string, named: Named, mark: string): string {
  return text.replace(paths, (piece: string, ...rest: unknown[]) => {
    const before = text[(rest.at(-2) as number) - 1];
    if (before === '<' && /^\/\w+$/.test(piece)) return piece; // the end of an element
    return stays(piece, named) ? piece : markedPath(piece, named, mark);
  });
}

function stays(piece: string, { isGiven, roots, members }: Named): boolean {
  const plain = posix.normalize(
    piece
      .replace(/^file:\/{2}/, '')
      .replaceAll('\\/', '/')
      .replace(/\\+/g, '/'),
  );
  if (plain === '/' || isGiven(piece)) return true;
  if (roots.some((root) => plain === root || plain.startsWith(root.endsWith('/') ? root : `${root}/`))) return true;
  return /^\/[\w-]+(?:\/(?:[\w-]+|\d+)){0,8}$/.test(piece) && members.has(piece.split('/', 2)[1] ?? '');
}

/** The end that the caller wrote tells which of its paths is meant. */
function markedPath(piece: string, { texts }: Named, mark: string): string {
  const tail = texts.find((one) => isRelative(one) && piece.endsWith(`/${one}`));
  return tail === undefined ? mark : `${mark}/${tail}`;
}

function isRelative(text: string): boolean {
  return text.length > 0 && text.length <= 1_024 && !/^[/~]/.test(text);
}
