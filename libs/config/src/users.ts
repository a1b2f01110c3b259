import { readFile } from 'node:fs/promises';
import type { DevelopmentUser } from '@sallyport/adapter-identity';
import { tenantId } from '@sallyport/contracts';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { FileProblem } from './config-problems.ts';

const userFile = z.strictObject({
  users: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        tenant: tenantId,
        roles: z.array(z.string().min(1)).default([]),
        token: z.string().min(6),
      }),
    )
    .min(1),
});

/** Reads the file of development users; problems name the file and what is wrong. */
export async function loadUsers(
  file: string,
): Promise<{ ok: true; users: readonly DevelopmentUser[] } | { ok: false; problems: readonly FileProblem[] }> {
  const text = await readFile(file, 'utf8').catch((error: Error) => error);
  if (typeof text !== 'string') return { ok: false, problems: [problem(file, text.message)] };
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined)
    return {
      ok: false,
      problems: [{ ...problem(file, broken.message), line: lineCounter.linePos(broken.pos[0]).line }],
    };
  const parsed = userFile.safeParse(document.toJS());
  if (!parsed.success)
    return {
      ok: false,
      problems: parsed.error.issues.map(({ path, message }) => problem(file, `${path.join('.')}: ${message}`)),
    };
  return { ok: true, users: parsed.data.users.map(({ name, ...user }) => ({ ...user, subject: name })) };
}

function problem(file: string, message: string): FileProblem {
  return {
    file,
    line: 1,
    column: 1,
    message,
    hint: 'A user has a name, a tenant, roles and a token of at least 6 characters.',
  };
}
