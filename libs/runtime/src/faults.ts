import type { Finding } from '@sallyport/contracts';
import { type FileProblem, problemText } from '@sallyport/config';
import type { HealthCheck } from '@sallyport/service';
import type { Dependencies } from './dependencies.ts';

/**
 * What keeps an instance from doing all that it is configured to: upstreams that can't be asked, or had their time to say what they
 * offer and did not, and files that were not taken.
 */
export function faultsOf({
  upstreams,
  activeConfigs,
  met,
}: Pick<Dependencies, 'upstreams' | 'activeConfigs' | 'met'>): readonly Finding[] {
  const silent = new Set(met ? upstreams.unlisted() : []);
  const away = upstreams.states().filter(({ id, why }) => why !== null || silent.has(id));
  const problems = activeConfigs.problems();
  return [
    ...away.map(({ id, why }) => ({
      about: `upstream ${id}`,
      fires: false,
      detail: `can’t be asked for its tools: ${why ?? 'it has not answered yet'}`,
      hint: `Its tools can’t be called until it answers; look at upstreams.${id}`,
    })),
    ...(problems.length === 0 ? [] : [{ about: 'reload', fires: false, detail: notTaken(problems), hint: mend }]),
  ];
}

const mend = 'Mend what it names: the files are taken again when they change, or by POST /admin/v1/reload.';

/** Why files that changed are not in force. What is in force serves on, so that an edit that can't be taken stops nobody. */
export function configurationCheck(problems: readonly FileProblem[]): HealthCheck {
  return {
    name: 'configuration',
    ok: true,
    detail: problems.length === 0 ? 'the files as they are now' : notTaken(problems),
  };
}

/** The same for the log, at the moment when files are not taken. */
export function notReloaded(problems: readonly FileProblem[]): string {
  return `configuration not reloaded, the last good configuration stays\n${problems.map(problemText).join('\n')}`;
}

function notTaken(problems: readonly FileProblem[]): string {
  return `the last good configuration is in force, the files as they are now are not: ${problems.map(problemText).join('; ')}`;
}
