import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What of a word of a command line, or of a variable, may be a path: all of it, an option's value (`--root=path`), a part of a list or
 * volume (`path:path`, `type=bind,src=path`), a `file:` URI.
 *
 * @param home what `~` stands for
 */
export function pathsIn(word: string, home: string): string[] {
  const value = word.replace(/^--?[\w-]+=/, '');
  const parts = [word, value, ...word.split(/[=,;]/), ...word.split(/[=,;]|:(?![\\/])|:(?=\/(?!\/))/)];
  return [...new Set(parts)].filter((part) => part !== '').map((part) => pathOf(part, home));
}

function pathOf(text: string, home: string): string {
  if (/^~(?:$|[\\/])/.test(text)) return join(home, text.slice(1));
  try {
    return /^file:/i.test(text) ? fileURLToPath(text) : text;
  } catch {
    return text;
  }
}
