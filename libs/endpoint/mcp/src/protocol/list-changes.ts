import {
  type Gateway,
  type JsonObject,
  type Listing,
  listings,
  type Principal,
  targetKinds,
} from '@sallyport/contracts';
import { messageText } from '@sallyport/mcp';
import { subjectKey } from './sessions.ts';

/** A list that clients are told of; resources and their templates are one. */
export type ListName = Listing['capability'];

const listNames: readonly ListName[] = [...new Set(targetKinds.map((kind) => listings[kind].capability))];

/** Whose lists are followed; `upstream` is null for those of all. */
export interface Following {
  readonly principal: Principal;
  readonly upstream: string | null;
}

/** Tells clients that what they may see is something else than before, whatever made it so. */
export interface ListChanges {
  /** Calls `changed` after each change. Resolves when `signal` aborts, or when the subject follows more often than it may. */
  follow(following: Following, signal: AbortSignal, changed: (list: ListName) => void): Promise<void>;
}

/** The notification of it. */
export function changedText(list: ListName, params: JsonObject = {}): string {
  return messageText(`notifications/${list}/list_changed`, params);
}

const EVERY_MS = 1_000;
const MOST = 1_000;
const MOST_PER_SUBJECT = 16;

/** Their texts, by name. */
type Lists = Readonly<Record<ListName, readonly (string | null)[]>>;

interface Follower extends Following {
  readonly subject: string;
  readonly changed: (list: ListName) => void;
  readonly end: () => void;
  last: Lists;
}

/** Compares each list that is followed once in `everyMs`. That is cheap: the gateway keeps a list until the catalogue or the policies change. */
export function createListChanges(gateway: Pick<Gateway, 'list'>, everyMs = EVERY_MS): ListChanges {
  const followers = new Set<Follower>(); // in the order in which they came
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    for (const follower of followers) {
      const { last, changed } = follower;
      follower.last = listsOf(gateway, follower);
      for (const list of listNames) if (!isSame(last[list], follower.last[list])) changed(list);
    }
  }

  function makeRoom(subject: string): void {
    const own = [...followers].filter((follower) => follower.subject === subject);
    if (own.length >= MOST_PER_SUBJECT) own[0]?.end();
    if (followers.size >= MOST) followers.values().next().value?.end();
  }

  function follow(following: Following, signal: AbortSignal, changed: (list: ListName) => void): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const { principal, upstream } = following;
    const subject = subjectKey(principal);
    makeRoom(subject);
    return new Promise((resolve) => {
      function end(): void {
        followers.delete(follower);
        signal.removeEventListener('abort', end);
        if (followers.size === 0) clearInterval(timer);
        resolve();
      }
      const follower: Follower = { principal, upstream, subject, changed, end, last: listsOf(gateway, following) };
      if (followers.size === 0) timer = setInterval(look, everyMs).unref();
      followers.add(follower);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  return { follow };
}

function listsOf(gateway: Pick<Gateway, 'list'>, { principal, upstream }: Following): Lists {
  const lists: Record<ListName, (string | null)[]> = { tools: [], prompts: [], resources: [] };
  for (const kind of targetKinds) lists[listings[kind].capability].push(gateway.list(principal, upstream, kind));
  return lists;
}

function isSame(before: readonly (string | null)[], now: readonly (string | null)[]): boolean {
  return before.every((text, at) => text === now[at]);
}
