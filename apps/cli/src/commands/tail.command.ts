import { setTimeout as sleep } from 'node:timers/promises';
import { EventStream, type ServerEvent } from '@sallyport/mcp';
import { type Context, type Remote, remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { eventFilter, filterOptions, type FilterOptions, isQuestion } from '../output/event-filter.ts';
import { feedLine, type FeedItem, questionText } from '../output/feed-line.ts';
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

export interface Following extends Remote {
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
async function listen(
  { client, output, context, options }: Following,
  place: Place,
  take: (item: FeedItem) => void,
): Promise<void> {
  const { signal } = context;
  try {
    const query = queryOf(options);
    const stream = await client.stream('/events/stream', { query, lastEventId: place.lastEventId, signal });
    if (place.lost) output.note('Connected again.');
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

function queryOf({ tenant, deny, fromStart, since }: TailOptions) {
  return { tenant, deny: deny ? 'true' : undefined, after: fromStart || since ? '0' : undefined };
}

function show(item: FeedItem, { output, command, options: { notify = false } }: Following): void {
  if (output.json) return output.value(item.event);
  output.line(feedLine(item, output, command));
  const isNew = Date.now() - Date.parse(item.event.time) < newMs;
  if (notify && isNew && isQuestion(item)) output.notify(questionText(item.event, command));
}
