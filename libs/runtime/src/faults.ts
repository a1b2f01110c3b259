import type { Finding } from '@sallyport/contracts';
import { type FileProblem, problemText } from '@sallyport/config';
import type { HealthCheck } from '@sallyport/service';
import type { Dependencies } from './dependencies.ts';

/** What keeps an instance from doing all that it is configured to: upstreams that can't be asked, and files that were not taken. */
export function faultsOf({
  upstreams,
  activeConfigs,
}: Pick<Dependencies, 'upstreams' | 'activeConfigs'>): readonly Finding[] {
  const away = upstreams.states().filter(({ why }) => why !== null);
  const problems = activeConfigs.problems();
  return [
    ...away.map(({ id, why }) => ({
      about: `upstream ${id}`,
      fires: false,
      detail: `can’t be asked for its tools: ${why}`,
      hint: `Its tools can’t be called until it answers; look at upstreams.${id}`,
    })),
    ...(problems.length === 0 ? [] : [{ about: 'reload', fires: false, detail: notTaken(problems), hint: '' }]),
  ];
}

/** Why files that changed are not in force. What is in force serves on, so that an edit that can't be taken stops nobody. */
export function configurationCheck(problems: readonly FileProblem[]): HealthCheck {
  return {
    name: 'configuration',
    ok: true,
    detail: problems.length === 0 ? 'the files as they are now' : notTaken(problems),
  };
}

function notTaken(problems: readonly FileProblem[]): string {
  return `the last good configuration is in force, the files as they are now are not: ${problems.map(problemText).join('; ')}`;
}
