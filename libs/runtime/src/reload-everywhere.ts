import type { Config, ReloadReport } from '@sallyport/contracts';
import type { ReloadRound } from '@sallyport/transport';
import { guards, sameSettings, settingsOf } from '@sallyport/guards';
import type { ProgramReload, ReloadAnswer } from '@sallyport/endpoint-admin';
import type { FileProblem } from '@sallyport/config';
import type { ActiveConfig } from './active-config.ts';

export interface ReloadParts {
  readonly runtime: {
    readonly boot: string;
    activeConfig(): ActiveConfig;
    reload(): Promise<readonly FileProblem[]>;
  };
  /** What the process was started with. */
  readonly started: Config;
  /** Has the other services read their files; absent where there are none. */
  readonly others?: (() => Promise<ReloadRound>) | undefined;
}

/**
 * Takes the files as they are now, in this process and then in every other one, and says of each what came of it. A
 * gateway comes first: stations take what a gateway has.
 *
 * @throws what Sallyport throws before anything of the files is in force
 */
export async function reloadEverywhere(parts: ReloadParts): Promise<ReloadAnswer> {
  const { runtime, started, others } = parts;
  const before = runtime.activeConfig();
  const problems: string[] = [];
  try {
    const found = await runtime.reload();
    if (found.length > 0) return { ok: false, problems: found.map(publicProblem) };
  } catch (error) {
    if (runtime.activeConfig() === before) throw error;
    problems.push(`The files are in force here, but what follows a reload failed: ${String(error)}`);
  }
  const own: ProgramReload = {
    program: others === undefined ? 'sallyport' : 'gateway',
    instance: runtime.boot,
    state: problems.length === 0 ? 'reloaded' : 'failed',
    problems,
  };
  const round = (await others?.()) ?? { reports: [], silent: [] };
  const reported = round.reports.map((report) => stateOf(report, runtime));
  const programs = [own, ...reported, ...round.silent.map(unreachable)];
  return { ok: true, programs, restart: waitsForRestart(started, runtime.activeConfig().loaded.config) };
}

function publicProblem({ file, line, column, message, hint }: FileProblem) {
  return { where: `${file}:${line}:${column}`, message, hint };
}

function stateOf({ program, instance, problems, settings, policy }: ReloadReport, runtime: ReloadParts['runtime']) {
  const { loaded, active } = runtime.activeConfig();
  const alike = sameSettings(settings, settingsOf(guards, loaded.config));
  const state = problems.length > 0 ? 'failed' : alike && isSame(policy, active.policies.digest) ? 'reloaded' : 'lags';
  const why = state === 'lags' ? ['Its files are not the same as those of this gateway.'] : problems;
  return { program, instance, state, problems: why } satisfies ProgramReload;
}

/** A program without policies of its own has none that could differ. */
function isSame(policy: string | null, ours: string): boolean {
  return policy === null || policy === ours;
}

function unreachable(program: string): ProgramReload {
  return { program, instance: null, state: 'unreachable', problems: ['Not every instance of it answered in 5 s.'] };
}

/** What is read at the start only, by its place in the configuration. */
const readAtStart = [
  'listen',
  'data',
  'cluster',
  'public_url',
  'allowed_hosts',
  'allowed_origins',
  'max_request_bytes',
  'http',
] as const;

/** Places where the files say something else than what this process was started with, and goes on with. */
export function waitsForRestart(started: Config, now: Config): readonly string[] {
  const text = (value: unknown): string => JSON.stringify(value) ?? '';
  const changed: string[] = readAtStart.filter((key) => text(started[key]) !== text(now[key]));
  const questions = started.approvals.decide_within !== now.approvals.decide_within;
  return questions ? [...changed, 'approvals.decide_within'] : changed;
}
