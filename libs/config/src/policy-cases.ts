import { readFile } from 'node:fs/promises';
import type { PolicyCase } from '@sallyport/policy';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { explain, type FileProblem } from './config-problems.ts';

const resource = z.strictObject({
  type: z.string(),
  id: z.string(),
  owner: z.string().nullable().optional(),
  status: z.enum(['resolved', 'unresolved']).optional(),
  version: z.string().nullable().optional(),
  attributes: z.record(z.string(), z.json()).optional(),
});

const policyCase = z.strictObject({
  name: z.string().min(1),
  subject: z.strictObject({ id: z.string(), roles: z.array(z.string()) }),
  tool: z.string(),
  arguments: z.record(z.string(), z.json()).optional(),
  agent: z.string().optional(),
  resources: z.array(resource).optional(),
  facts: z
    .strictObject({
      bulk: z.number().optional(),
      wildcards: z.array(z.string()).optional(),
      unbounded: z.array(z.string()).optional(),
      bytes: z.number().optional(),
      depth: z.number().optional(),
    })
    .optional(),
  expect: z.enum(['allow', 'deny', 'hold']),
  reason: z.string().optional(),
  rules: z.array(z.string()).optional(),
});

const casesFile = z.object({ cases: z.array(policyCase).min(1, 'name at least one case') });

export type CasesAnswer =
  | { readonly ok: true; readonly cases: readonly PolicyCase[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/**
 * Reads and checks a file of policy cases.
 *
 * @returns every problem with file, line and column; never throws
 */
export async function loadPolicyCases(file: string): Promise<CasesAnswer> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') return { ok: false, problems: [unreadable(file, text)] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    return { ok: false, problems: [{ file, line, column: col, message: broken.message, hint: 'This is not YAML.' }] };
  }
  const parsed = casesFile.safeParse(document.toJS({ maxAliasCount: 200 }));
  if (!parsed.success) return { ok: false, problems: explain(parsed.error.issues, { file, document, lines }) };
  return { ok: true, cases: parsed.data.cases as readonly PolicyCase[] };
}

function unreadable(file: string, error: NodeJS.ErrnoException): FileProblem {
  const absent = error.code === 'ENOENT';
  const hint = 'Cases stand in cases.yaml beside the policies, or where --cases says: docs/how-to/write-a-policy.md.';
  return { file, line: 1, column: 1, message: absent ? 'there is no such file' : error.message, hint };
}
