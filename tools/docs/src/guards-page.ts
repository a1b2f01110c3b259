import { guards } from '@sallyport/guards';
import { sanitizers } from '@sallyport/sanitizers';
import { readmeOf } from './guard-readme.ts';
import { code, table } from './markdown.ts';

/** `docs/reference/guards.md`, from the lists of guards and sanitizers and the READMEs in their folders. */
export function guardsPage(): string {
  const rows = guards.map(({ id, station, grants, reasons }, at) => [
    String(at + 1),
    `[${id}](#${id})`,
    station,
    grants ? 'yes' : 'no',
    reasons.map(code).join(', '),
  ]);
  const order = sanitizers.map(({ id }, at) => [String(at + 1), `[${id}](#${id})`]);
  return [
    intro,
    table(['', 'guard', 'station', 'may grant', 'reasons'], rows),
    ...guards.map(({ id }) => section('guards', id)),
    afterwards,
    table(['', 'sanitizer'], order),
    ...sanitizers.map(({ id }) => section('sanitizers', id)),
  ].join('\n\n');
}

const intro = `# Guards and sanitizers

<!-- Written by \`npm run docs\` from libs/guards and libs/sanitizers. Change it there. -->

## Guards

Judged in this order. A deny ends the evaluation, a hold does not. The ones at \`gateway\` judge before any owner is looked up. [answers.md](answers.md) has
all reasons in one table.`;

const afterwards = `## Sanitizers

Run over every message from an upstream to a client, in this order, until nothing changes (six times at most).`;

/** What the folder's README says, below its title, with headings one level deeper. */
function section(lib: 'guards' | 'sanitizers', id: string): string {
  const body = readmeOf(lib, id)
    .replace(/^# .*\n+/, '')
    .replaceAll(/^(#+ )/gm, '##$1')
    .trim();
  return `### ${id}\n\n${body}`;
}
