import { isExactNumber } from '@sallyport/base';
import { createTwoFilesPatch } from 'diff';
import type { Output } from './output.ts';
import { printableLines } from './printable.ts';

/** What changed between two copies of a definition, as a unified diff over their sorted JSON; the copy itself where nothing did. */
export function definitionDiff(approved: unknown, offered: unknown, { colour }: Pick<Output, 'colour'>): string {
  if (text(approved) === text(offered)) return printableLines(text(offered)).trimEnd();
  const patch = createTwoFilesPatch('approved', 'offered', text(approved), text(offered), undefined, undefined, {
    context: 2,
  });
  const lines = printableLines(patch).split('\n').slice(1);
  return lines
    .map((line) => {
      if (line.startsWith('+')) return colour.green(line);
      if (line.startsWith('-')) return colour.red(line);
      return line.startsWith('@@') ? colour.cyan(line) : line;
    })
    .join('\n')
    .trimEnd();
}

/** The members of a definition that changed, by name. */
export function changedMembers(approved: unknown, offered: unknown): readonly string[] {
  const [before, now] = [membersOf(approved), membersOf(offered)];
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter((name) => text(before[name]) !== text(now[name])).sort();
}

function membersOf(definition: unknown): Readonly<Record<string, unknown>> {
  return typeof definition === 'object' && definition !== null ? (definition as Record<string, unknown>) : {};
}

function text(definition: unknown): string {
  return definition === null || definition === undefined ? '' : `${JSON.stringify(sorted(definition), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
