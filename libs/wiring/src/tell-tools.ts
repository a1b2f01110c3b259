import type { Subject } from '@sallyport/contracts';
import { toolSummary, toolViews } from '@sallyport/runtime';
import type { Logger } from '@sallyport/service';
import type { Opened } from './open.ts';

/** Approvals and reloads come in groups: one line says what came of all of them. */
const lookEveryMs = 1_000;

/**
 * Says on the log how many tools, prompts and templates development users have, once servers have answered and whenever that
 * changes: `12 tools, 3 hidden by policy, 2 not approved`. No name of a person stands in the log: of several users each is called
 * by its place in the file.
 *
 * @returns what ends it
 */
export function tellTools({ runtime, command }: Pick<Opened, 'runtime' | 'command'>, logger: Logger): () => void {
  const told = new Map<string, string>();
  let looked = '';
  function tell(): void {
    const { users, active } = runtime.activeConfig();
    const seen = `${runtime.definitions.catalog.version} ${active.policies.digest}`;
    if (seen === looked || runtime.definitions.list().length === 0) return;
    looked = seen;
    for (const [at, { subject, roles = [] }] of users.entries()) {
      const person: Subject = { id: subject, issuer: 'development', roles };
      const summary = toolSummary(toolViews({ ...runtime, policies: active.policies }, person));
      const who = users.length === 1 ? '' : `user ${at + 1} of ${users.length}: `;
      if (told.get(subject) !== summary) logger.info(`${who}${summary}. Each of them: ${command('tools --as <user>')}`);
      told.set(subject, summary);
    }
  }
  tell();
  const timer = setInterval(tell, lookEveryMs).unref();
  return () => clearInterval(timer);
}
