import { setTimeout as sleep } from 'node:timers/promises';
import { EventStream, type ServerEvent } from '@sallyport/mcp';
import { type Context, type Remote, remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { eventFilter, filterOptions, type FilterOptions, isQuestion } from '../output/event-filter.ts';
import { feedLine, type FeedItem, questionText } from '../output/feed-line.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

export interface TailOptions extends RemoteOptions, FilterOptions {
  readonly tenant?: string;
  readonly fromStart?: boolean;
  readonly notify?: boolean;
}

/** An event holds the digests of a call and the names of people, never its arguments. */
const LONGEST_EVENT = 4_000_000;
const RETRY_MS: readonly number[] = [250, 500, 1_000, 2_000, 5_000];

/** A question that is older is not new to anybody. */
const newMs = 60_000;

/** `tail`: decisions as they are made. */
export const addTail: AddCommand = (program, context, done) => {
  filterOptions(remoteCommand(program.command('tail')))
    .description('follow the decisions as they are made, and what waits for people')
    .option('--tenant <tenant>', 'only this tenant')
    .option('--from-start', 'begin with the first event on record; as does --since')
    .option('--notify', 'a desktop notification for each question that waits, by the terminal (OSC 9)')
    .action(async function tail(options: TailOptions) {
      await follow({ ...(await remote(context, options)), context, options });
      done(exitCodes.ok);
    });
};

export interface Following extends Omit<Remote, 'isOwn'> {
  readonly context: Context;
  readonly options: TailOptions;
}

/** Follows until Ctrl-C. An instance that was reached once is waited for when it goes away. */
export async function follow(following: Following): Promise<void> {
  const { output, context, options } = following;
  const { signal } = context;
  const isChosen = eventFilter(options, Date.now());
  const take = (item: FeedItem): void => void (isChosen(item) && show(item, following));
  const place: Place = { lastEventId: null, reached: false, lost: false };
  for (let pauses = 0; !signal.aborted; pauses = place.lost ? pauses + 1 : 0) {
    await listen(following, place, take);
    if (signal.aborted) return;
    if (!place.lost) output.note('Sallyport is gone; waiting for it to come back. Ctrl-C ends this.');
    place.lost = true;
    await sleep(RETRY_MS[pauses] ?? RETRY_MS.at(-1), undefined, { signal }).catch(() => undefined);
  }
}

async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const events = new EventStream(LONGEST_EVENT);
  for await (const chunk of stream) yield* events.push(chunk) ?? tooLong();
}

function tooLong(): never {
  throw new Failure('unreachable', `An event is longer than ${LONGEST_EVENT} characters.`, {
    hint: 'Is another program listening there?',
  });
}

/** How far a follower is. */
interface Place {
  lastEventId: string | null;
  /** Sallyport has answered at least once. */
  reached: boolean;
  lost: boolean;
}

/** Listens until the stream ends. Only what waiting can't cure is thrown on. */
async function listen(following: Following, place: Place, take: (item: FeedItem) => void): Promise<void> {
  const { client, context, options } = following;
  const { signal } = context;
  try {
    const query = queryOf(options);
    const stream = await client.stream('/events/stream', { query, lastEventId: place.lastEventId, signal });
    tellConnected(following, place);
    Object.assign(place, { reached: true, lost: false });
    for await (const { id, event, data } of eventsOf(stream)) {
      place.lastEventId = id ?? place.lastEventId;
      if (event === null) take(JSON.parse(data) as FeedItem);
    }
  } catch (error) {
    const refused = error instanceof Failure && error.exitCode !== exitCodes.unreachable;
    if (!signal.aborted && (refused || !place.reached)) throw error;
  }
}

function queryOf(options: TailOptions) {
  const { tenant, deny } = options;
  return { tenant, deny: deny ? 'true' : undefined, after: isFromBefore(options) ? '0' : undefined };
}

function tellConnected({ output, options, url }: Following, { lost, reached }: Place): void {
  if (lost) output.note('Connected again.');
  else if (!reached && !output.json) output.note(`${whatIsFollowed(options, url)} Ctrl-C ends this.`);
}

/** Whether what is on record already comes first. */
function isFromBefore({ fromStart = false, since }: TailOptions): boolean {
  return fromStart || since !== undefined;
}

/** `Following refusals at http://127.0.0.1:8787 (tool files/search), from now on.` */
function whatIsFollowed(options: TailOptions, url: string): string {
  const what = options.deny ? 'refusals' : options.all ? 'all events' : 'decisions and questions';
  const chosen = (['tenant', 'tool', 'user', 'reason', 'until'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`${name} ${options[name]}`],
  );
  const from = options.since
    ? `since ${options.since}`
    : options.fromStart
      ? 'from the first on record'
      : 'from now on';
  return printable(`Following ${what} at ${url}${chosen.length > 0 ? ` (${chosen.join(', ')})` : ''}, ${from}.`);
}

function show(item: FeedItem, { output, command, options }: Following): void {
  if (output.json) return output.value(item.event);
  output.line(feedLine(item, { ...output, dated: isFromBefore(options) }, command));
  const isNew = Date.now() - Date.parse(item.event.time) < newMs;
  if (options.notify && isNew && isQuestion(item)) output.notify(questionText(item.event, command));
}
