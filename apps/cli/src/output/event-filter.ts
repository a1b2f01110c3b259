import { duration } from '@sallyport/contracts';
import type { Command } from 'commander';
import { Failure } from '../failure.ts';
import { type FeedItem, isDecision, nameOf, shortType } from './feed-line.ts';

export interface FilterOptions {
  readonly deny?: boolean;
  readonly all?: boolean;
  readonly tool?: string;
  readonly user?: string;
  readonly reason?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Adds the options by which events are chosen. */
export function filterOptions(command: Command): Command {
  return command
    .option('--deny', 'only refusals')
    .option('--all', 'every event, not only decisions and questions')
    .option('--tool <tool>', 'only calls of this tool: <upstream>/<tool>, or either alone')
    .option('--user <user>', 'only what this user did: the id, or the pseudonym that stands in events')
    .option('--reason <reason>', 'only decisions with this reason, such as not_owner')
    .option('--since <time>', 'only from this time on: 10min, 2h, 3d ago, or a date and time')
    .option('--until <time>', 'only before this time');
}

interface Said {
  readonly upstream?: string;
  readonly tool?: string;
  readonly reason?: string;
  readonly subject?: { readonly ref: string } | null;
  readonly requester?: { readonly ref: string };
  readonly voter?: { readonly ref: string };
}

/**
 * Chooses events by what was asked for; what an event does not say is not what was asked for.
 *
 * @throws Failure for a time that is none
 */
export function eventFilter(options: FilterOptions, now: number): (item: FeedItem) => boolean {
  const { all = false, tool, user, reason } = options;
  const since = timeOf(options.since, now) ?? Number.NEGATIVE_INFINITY;
  const until = timeOf(options.until, now) ?? Number.POSITIVE_INFINITY;

  const isIn = ({ event }: FeedItem): boolean => Date.parse(event.time) >= since && Date.parse(event.time) < until;
  const isMeant = (said: Said, names: FeedItem['names']): boolean =>
    (tool === undefined || namesOfTool(said).includes(tool)) &&
    (reason === undefined || said.reason === reason) &&
    (user === undefined || isOf(user, said, names));

  return (item) =>
    isIn(item) && (all || isDecision(item) || isQuestion(item)) && isMeant(item.event.data as Said, item.names);
}

/** Whether an event is a question that waits for people. */
export function isQuestion({ event }: FeedItem): boolean {
  return shortType(event) === 'approval.requested';
}

/** As events, answers and clients write it. */
function namesOfTool({ upstream, tool }: Said): readonly (string | undefined)[] {
  return [upstream, tool, `${upstream}/${tool}`, `${upstream}__${tool}`];
}

function isOf(user: string, { subject, requester, voter }: Said, names: FeedItem['names']): boolean {
  const ref = (subject ?? requester ?? voter)?.ref;
  return ref !== undefined && (ref === user || nameOf(ref, names) === user);
}

function timeOf(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const ago = duration.safeParse(text);
  const time = ago.success ? now - ago.data : Date.parse(text);
  if (Number.isNaN(time))
    throw new Failure('usage', `${text} is no time.`, { hint: 'Write 10min, 2h or 3d, or 2026-11-23T09:15:00Z.' });
  return time;
}
