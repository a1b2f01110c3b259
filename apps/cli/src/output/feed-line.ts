import { counted } from '@sallyport/base';
import type { PrintCommand } from '@sallyport/service/command';
import type { ApprovalNeed, EventData } from '@sallyport/contracts';
import { type Output, tinted } from './output.ts';
import { printable } from './printable.ts';

/** An event as the feed sends it, with the names that are still known. */
export interface FeedItem {
  readonly tenant: string;
  readonly event: FeedEvent;
  readonly names: Readonly<Record<string, string>>;
}

export interface FeedEvent {
  /** `dev.sallyport.call.decided.v1` */
  readonly type: string;
  readonly id: string;
  readonly time: string;
  /** The stream: `call/<id>`. */
  readonly subject: string;
  readonly data: unknown;
}

const DECISIONS =
  /^dev\.sallyport\.(call\.decided|call\.refusals_coalesced|request\.refused|client_request\.decided)\.v1$/;

/** Whether an event is a decision, or a refusal that never became a call. */
export function isDecision({ event }: FeedItem): boolean {
  return DECISIONS.test(event.type);
}

/** `call.decided` of an event's type. */
export function shortType({ type }: Pick<FeedEvent, 'type'>): string {
  return type.replace(/^dev\.sallyport\./, '').replace(/\.v\d+$/, '');
}

/** One line: time (with the date where lines may be of other days), tenant, decision, reason, who, what, milliseconds, reference. */
export function feedLine(
  item: FeedItem,
  { colour, dated = false }: Pick<Output, 'colour'> & { readonly dated?: boolean },
  command: PrintCommand,
): string {
  const { event, tenant, names } = item;
  const time = colour.dim(localTime(new Date(event.time), dated));
  const [word, rest] = told(event, names, command);
  return [
    time,
    printable(tenant).padEnd(8),
    tinted(word, colour) + ' '.repeat(Math.max(0, 5 - word.length)),
    ...rest,
  ].join('  ');
}

/** `2026-11-23 10:15:02`, as the clock on the wall says it. */
function localTime(at: Date, dated: boolean): string {
  const clock = at.toTimeString().slice(0, 8);
  if (!dated) return clock;
  const [month, day] = [at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${at.getFullYear()}-${month}-${day} ${clock}`;
}

function told(
  event: FeedEvent,
  names: FeedItem['names'],
  command: PrintCommand,
): readonly [word: string, rest: readonly string[]] {
  const reference = event.subject.replace(/^call\//, '');
  switch (shortType(event)) {
    case 'call.decided': {
      const { decision, reason, subject, upstream, tool, elapsed_us } = event.data as EventData['call.decided'];
      const ms = `${(elapsed_us / 1000).toFixed(1)} ms`;
      return [
        decision,
        [reason.padEnd(18), nameOf(subject.ref, names), printable(`${upstream}/${tool}`), ms, reference],
      ];
    }
    case 'call.refusals_coalesced': {
      const { reason, subject, upstream, tool, count } = event.data as EventData['call.refusals_coalesced'];
      return [
        'deny',
        [reason.padEnd(18), nameOf(subject.ref, names), printable(`${upstream}/${tool}`), counted(count, 'time')],
      ];
    }
    case 'request.refused': {
      const { reason, subject, count = 1 } = event.data as EventData['request.refused'];
      const times = count > 1 ? [`${count} times`] : [];
      return ['deny', [reason.padEnd(18), nameOf(subject.ref, names), 'no call', ...times]];
    }
    case 'client_request.decided': {
      const { decision, reason, upstream, method, count } = event.data as EventData['client_request.decided'];
      const times = count > 1 ? [`${count} times`] : [];
      return [
        decision,
        [printable(reason).padEnd(18), `${printable(upstream)} asks the client`, method, ...times, reference],
      ];
    }
    case 'approval.requested': {
      const { requester } = event.data as EventData['approval.requested'];
      return ['asks', ['approval_required'.padEnd(18), nameOf(requester.ref, names), questionText(event, command)]];
    }
    default:
      return [shortType(event), [printable(event.subject)]];
  }
}

/** What waits for whom, and the command that answers. */
export function questionText({ data }: Pick<FeedEvent, 'data'>, command: PrintCommand): string {
  const { approval, upstream, tool, needs } = data as EventData['approval.requested'];
  const what = printable(`${upstream}/${tool}`);
  return `${what} waits for ${needsText(needs)}: ${command(`approve ${printable(approval)}`, { ownToken: true })}`;
}

/** Whose yes is needed. */
export function needsText(needs: readonly Pick<ApprovalNeed, 'who' | 'count' | 'group'>[]): string {
  return needs
    .map(({ who, count, group }) => (who === 'self' ? 'their own yes' : `${count} of ${printable(group ?? 'others')}`))
    .join(' and ');
}

/** The name behind a pseudonym without its issuer, or the pseudonym. */
export function nameOf(ref: string, names: FeedItem['names']): string {
  const name = names[ref];
  return printable(name === undefined ? ref : name.slice(name.indexOf('|') + 1));
}
