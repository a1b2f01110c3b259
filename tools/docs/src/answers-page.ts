import { guards } from '@sallyport/guards';
import { reasonRows } from './guard-readme.ts';
import { code, table } from './markdown.ts';
import { read } from './tree.ts';

/** Between these lines of the page stands what the guards' READMEs say of their reasons. */
const region = /(<!-- From the READMEs of the guards, by `npm run docs`: -->\n)[\s\S]*?(\n## )/;

/** `docs/reference/answers.md`: written by hand, but for the reasons of guards. */
export function answersPage(): string {
  const rows = guards.flatMap(({ id }) =>
    reasonRows(id).map(({ reason, when, helps }) => [code(reason), `[${id}](guards.md#${id})`, when, helps]),
  );
  const reasons = table(['reason', 'guard', 'when', 'what helps'], rows);
  return read('docs/reference/answers.md').replace(region, (_, begin, end) => `${begin}\n${reasons}\n${end}`);
}
