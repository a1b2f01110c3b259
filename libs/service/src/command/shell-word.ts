/** A text as one word of a shell's command line, whatever it holds. */
export function shellWord(text: string): string {
  const isWindows = process.platform === 'win32';
  if ((isWindows ? /^[\w./:@%+=,\\-]+$/ : /^[\w./:@%+=,-]+$/).test(text)) return text;
  return isWindows ? `"${text}"` : `'${text.replaceAll("'", `'\\''`)}'`;
}
