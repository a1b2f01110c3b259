import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { answersPage } from './answers-page.ts';
import { asyncApiPage } from './asyncapi/asyncapi-document.ts';
import { configPage } from './config-page.ts';
import { eventsPage } from './events-page.ts';
import { guardsPage } from './guards-page.ts';
import { root } from './tree.ts';

/** Pages that are written from the code, by their path. */
export const pages: Readonly<Record<string, () => string>> = {
  'docs/reference/answers.md': answersPage,
  'docs/reference/asyncapi.yaml': asyncApiPage,
  'docs/reference/configuration.md': configPage,
  'docs/reference/events.md': eventsPage,
  'docs/reference/guards.md': guardsPage,
};

/** The page as it must stand in the tree: generated, and formatted like everything else. */
export async function pageText(path: string): Promise<string> {
  const filepath = resolve(root, path);
  return format(`${(pages[path]?.() ?? '').trim()}\n`, { ...(await resolveConfig(filepath)), filepath });
}
