import { type Commit, CommitRefused, type Committed, JournalUnavailable, type MessageOf } from '@sallyport/contracts';
import type { PartitionSender } from './partition-sender.ts';
import type { GatewayEndParts } from './transport-ends.ts';
import { isSigned, sign } from './mac.ts';
import { type CommitAnswer, readAnswer } from './reply-text.ts';
import { setAside, type RejectionLog } from './rejection-log.ts';
import { encode } from './messages.ts';

export interface CommitsParts extends GatewayEndParts {
  readonly sender: PartitionSender;
  readonly rejections: RejectionLog;
}

/** What this gateway asked audit to write. */
export interface Commits {
  /** @throws JournalUnavailable, CommitRefused */
  commit(commit: Commit): Promise<Committed>;
  answered(message: MessageOf<'answer'>): void;
  stop(): void;
}

interface Asked {
  readonly commit: Commit;
  readonly settle: (answer: CommitAnswer) => void;
  /** Audits that could not write. */
  failures: number;
}

const timeoutMs = 5_000;
/** One audit that can't write may be a process that lost its place; so many are the journal itself. */
const mostFailures = 3;

/**
 * Builds the asking side. A request is sent again until it is answered: its command id makes that one
 * commit. A retry whose first answer was lost gets `duplicate` from the journal. Report it as `committed`: the commit was ours.
 */
export function createCommits(parts: CommitsParts): Commits {
  const { ids, hedgeMs } = parts;
  const asked = new Map<string, Asked>();

  function ask(commit: Commit): Promise<CommitAnswer> {
    const id = ids.random(16);
    const value = encode(commitMessage(parts, id, commit));
    let attempt = 0;
    let timer: NodeJS.Timeout | undefined;

    function send(nextMs: number): void {
      const route = { topic: parts.topics.decide, name: commit.tenant, attempt: attempt++ };
      // Not taken is not answered: the next attempt, or the time-out.
      parts.sender.send({ route, key: commit.tenant, value }).catch(() => undefined);
      timer = setTimeout(send, nextMs, nextMs * 1.5);
    }

    return new Promise<CommitAnswer>((resolve) => {
      const late = setTimeout(resolve, timeoutMs, { status: 'unavailable' });
      asked.set(id, {
        commit,
        failures: 0,
        settle(answer) {
          clearTimeout(late);
          resolve(answer);
        },
      });
      send(hedgeMs);
    }).finally(() => {
      clearTimeout(timer);
      asked.delete(id);
    });
  }

  function take({ id, boot, body }: MessageOf<'answer'>): string | null {
    if (boot !== parts.boot) return setAside(parts.observer, 'message_foreign', `an answer for ${boot}`);
    const one = asked.get(id);
    // A request that was sent several times has several answers.
    if (one === undefined) return null;
    const answer = readAnswer(body);
    if (answer === null) return 'answer_malformed';
    if (answer.status === 'unavailable') one.failures += 1;
    if (answer.status !== 'unavailable' || one.failures >= mostFailures) one.settle(answer);
    return null;
  }

  return {
    async commit(commit) {
      const answer = await ask(commit);
      if (answer.status === 'unavailable') throw new JournalUnavailable('audit did not write in time');
      if (answer.status === 'refused') throw new CommitRefused(`audit refuses to write this: ${answer.reason}`);
      return own(commit, answer);
    },
    answered(message) {
      const { id, boot, body, mac } = message;
      const honest = isSigned(parts.keys.release, ['answer', id, boot, body], mac);
      const reason = honest ? take(message) : 'answer_forged';
      if (reason !== null) parts.rejections.note({ station: 'audit', reason, call: null });
    },
    stop() {
      for (const { settle } of asked.values()) settle({ status: 'unavailable' });
    },
  };
}

function commitMessage({ keys, boot, inbox }: CommitsParts, id: string, commit: Commit): MessageOf<'commit'> {
  const body = JSON.stringify(commit);
  const mac = sign(keys.gateway, ['commit', id, boot, `${inbox}`, body]);
  return { kind: 'commit', id, boot, inbox, body, mac };
}

/** Events that the journal had already are ours when they have our ids: then an earlier attempt wrote them. */
function own(commit: Commit, answer: Committed): Committed {
  if (answer.status !== 'duplicate') return answer;
  const [first] = answer.events;
  return first !== undefined && first.id === commit.writes[0]?.events[0]?.id
    ? { status: 'committed', first: first.sequence }
    : answer;
}
