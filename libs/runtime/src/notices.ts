import { createNotifier, type WaitingQuestion, whom } from '@sallyport/approvals';
import { derived } from '@sallyport/base';
import { type LoadedConfig, webhookOf } from '@sallyport/config';
import type { Clock, Finding, Observer } from '@sallyport/contracts';
import { createWebhook, type WebhookMessage } from './webhook.ts';

export interface NoticesParts {
  readonly waiting: () => readonly WaitingQuestion[];
  readonly loaded: () => LoadedConfig;
  /** The command that answers a question; null where none reaches this instance. */
  readonly approveWith: (approval: string) => string | null;
  readonly observer: Pick<Observer, 'incident'>;
  readonly clock: Clock;
}

/** The webhook of `approvals.notify`. */
export interface Notices {
  /** Posts what waits and is due; waits for none of it and never throws. */
  round(): void;
  findings(): readonly Finding[];
  stop(): void;
}

const about = 'approvals.notify';
const hint = 'It is tried again while a question waits. Look at the receiver, or change approvals.notify.';

/** Tells the configured webhook of every question, as the configuration is at the time. */
export function createNotices({ waiting, loaded, approveWith, observer, clock }: NoticesParts): Notices {
  const isConfigured = (): boolean => loaded().config.approvals.notify !== undefined;
  const webhook = derived(loaded, (from) => createWebhook(webhookOf(from)));
  const notifier = createNotifier({
    waiting: () => (isConfigured() ? waiting() : []),
    send: async (question, signal) => webhook()(messageOf(question, approveWith(question.id)), signal),
    failed: (why) => observer.incident('question_not_told', why),
    clock,
  });
  return {
    round: notifier.round,
    stop: notifier.stop,
    findings() {
      if (!isConfigured()) return [];
      const problem = notifier.problem();
      return [{ about, fires: problem === null, detail: problem ?? 'questions are posted', hint }];
    },
  };
}

/** No value and nobody's name leaves in it: the command shows them to those whom they concern. */
function messageOf(question: WaitingQuestion, command: string | null): WebhookMessage {
  const { event, id, tenant, upstream, tool, needs, requestedAt, decideBy } = question;
  const decide_by = new Date(decideBy).toISOString();
  const what = `${upstream}/${tool}`.replaceAll(/[^\w./-]/g, '?');
  const how = command === null ? '' : ` Answer with: ${command}`;
  return {
    id: event,
    body: {
      type: 'approval.requested',
      timestamp: new Date(requestedAt).toISOString(),
      text: `${what} waits for ${whom(needs)} (${id}), until ${decide_by}.${how}`,
      data: {
        ...{ approval: id, tenant, upstream, tool, decide_by, command },
        needs: needs.map(({ who, count, group }) => ({ who, count, group })),
      },
    },
  };
}
