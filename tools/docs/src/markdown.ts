/** One fenced block of a page. */
export interface Fence {
  /** The words behind the backticks: language first, then marks of ours such as `run`. */
  readonly info: readonly string[];
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a page, in order. Fences inside lists may be indented. */
export function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { indent: number; ticks: string; info: string[]; line: number; lines: string[] } | null = null;
  for (const [at, line] of markdown.split('\n').entries()) {
    const [, indent = '', ticks = '', info = ''] = /^( *)(`{3,})(.*)$/.exec(line) ?? [];
    if (open === null) {
      if (ticks !== '')
        open = { indent: indent.length, ticks, info: info.trim().split(/\s+/), line: at + 1, lines: [] };
    } else if (ticks.length >= open.ticks.length && info.trim() === '') {
      fences.push({ info: open.info, text: open.lines.join('\n'), line: open.line });
      open = null;
    } else {
      open.lines.push(line.slice(open.indent));
    }
  }
  return fences;
}

/** The page without its fenced blocks and inline code, in which nothing is a link. */
function proseOf(markdown: string): string {
  return markdown.replaceAll(/^( *)(`{3,})[\s\S]*?^ *\2`*$/gm, '').replaceAll(/`[^`\n]*`/g, '``');
}

/** Targets of the page's links and images, as they stand. */
export function linksOf(markdown: string): readonly string[] {
  return [...proseOf(markdown).matchAll(/\]\(<?([^()\s>]+(?:\([^()]*\)[^()\s>]*)*)>?(?: "[^"]*")?\)/g)].map(
    ([, target = '']) => target,
  );
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const prose = markdown.replaceAll(/^( *)(`{3,})[\s\S]*?^ *\2`*$/gm, '');
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.*)$/gm)) {
    const anchor = heading
      .replaceAll(/[`*]|\]\([^)]*\)|\[/g, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let again = 1; anchors.has(unique); again += 1) unique = `${anchor}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}

/** A table; cells may hold anything but line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

/** Text as inline code. */
export function code(text: string): string {
  return `\`${text}\``;
}
