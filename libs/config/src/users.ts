import type { DevelopmentUser } from '@sallyport/adapter-identity';
import { scope, tenantId } from '@sallyport/contracts';
import { z } from 'zod';
import type { FileProblem } from './config-problems.ts';
import { readYaml, valueOf } from './yaml-file.ts';

const userFile = z.strictObject({
  users: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        tenant: tenantId,
        roles: z.array(z.string().min(1)).default([]),
        scopes: z.array(scope.max(256)).max(256).default([]),
        token: z.string().min(6),
      }),
    )
    .min(1),
});

type UsersAnswer =
  | { readonly ok: true; readonly users: readonly DevelopmentUser[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const hint = 'A user has a name, a tenant, roles, scopes and a token of at least 6 characters.';

/** Reads the file of development users; problems name the file, the line and what is wrong. Never throws. */
export async function loadUsers(file: string): Promise<UsersAnswer> {
  const read = await readYaml(file, 'Write it, or change identity.development.users.');
  if (!read.ok) return read;
  const said = valueOf(read.source, userFile);
  if (said.ok) return { ok: true, users: said.value.users.map(({ name, ...user }) => ({ ...user, subject: name })) };
  return { ok: false, problems: said.problems.map((problem) => ({ ...problem, hint: problem.hint || hint })) };
}
