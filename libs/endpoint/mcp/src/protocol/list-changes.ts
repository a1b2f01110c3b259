import type { Gateway, Principal } from '@sallyport/contracts';
import { messageText, TOOLS_CHANGED } from '@sallyport/mcp';
import { subjectKey } from './sessions.ts';

/** Whose list is followed; `upstream` is null for that of all. */
export interface Following {
  readonly principal: Principal;
  readonly upstream: string | null;
}

/** Tells clients that the tools that they may see are others than before, whatever made them so. */
export interface ListChanges {
  /** Calls `changed` after each change. Resolves when `signal` aborts, or when the subject follows more lists than it may. */
  follow(following: Following, signal: AbortSignal, changed: () => void): Promise<void>;
}

export const toolsChangedText = messageText(TOOLS_CHANGED, {});

const EVERY_MS = 1_000;
const MOST = 1_000;
const MOST_PER_SUBJECT = 16;

interface Follower extends Following {
  readonly subject: string;
  readonly changed: () => void;
  readonly end: () => void;
  last: string | null;
}

/** Compares each list that is followed once in `everyMs`. That is cheap: the gateway keeps a list until the catalogue or the policies change. */
export function createListChanges(gateway: Pick<Gateway, 'listTools'>, everyMs = EVERY_MS): ListChanges {
  const followers = new Set<Follower>(); // in the order in which they came
  let timer: NodeJS.Timeout | undefined;
  const listOf = ({ principal, upstream }: Following) => gateway.listTools(principal, upstream);

  function look(): void {
    for (const follower of followers) {
      const list = listOf(follower);
      if (list === follower.last) continue;
      follower.last = list;
      follower.changed();
    }
  }

  function makeRoom(subject: string): void {
    const own = [...followers].filter((follower) => follower.subject === subject);
    if (own.length >= MOST_PER_SUBJECT) own[0]?.end();
    if (followers.size >= MOST) followers.values().next().value?.end();
  }

  function follow({ principal, upstream }: Following, signal: AbortSignal, changed: () => void): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const subject = subjectKey(principal);
    makeRoom(subject);
    return new Promise((resolve) => {
      function end(): void {
        followers.delete(follower);
        signal.removeEventListener('abort', end);
        if (followers.size === 0) clearInterval(timer);
        resolve();
      }
      const follower: Follower = { principal, upstream, subject, changed, end, last: listOf({ principal, upstream }) };
      if (followers.size === 0) timer = setInterval(look, everyMs).unref();
      followers.add(follower);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  return { follow };
}
