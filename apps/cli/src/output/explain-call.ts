import type { EventData } from '@sallyport/contracts';
import { type FeedEvent, nameOf, shortType } from './feed-line.ts';
import { type Output, tinted } from './output.ts';
import { printable } from './printable.ts';

/** One call as the admin API tells it. */
export interface CallStory {
  readonly tenant: string;
  readonly callId: string;
  readonly events: readonly FeedEvent[];
  readonly approvals: readonly FeedEvent[];
  readonly sealed: readonly { readonly event: string; readonly field: string; readonly value: string }[];
  readonly names: Readonly<Record<string, string>>;
}

type Decided = EventData['call.decided'];
type Verdict = Decided['verdicts'][number];

/** Prints a call for a person: who and what, each guard's verdict, the approval, and what came of it. */
export function explainCall(story: CallStory, output: Output): void {
  const decided = story.events.find((event) => shortType(event) === 'call.decided');
  if (decided !== undefined) explainDecision(story, decided, output);
  for (const event of story.approvals) output.line(approvalLine(event, story, output));
  for (const event of story.events) if (event !== decided) output.line(lineOf(event, story, output));
  if (story.events.some(isMasked)) output.line(whereToRead(decided, output));
}

/** Whether the client did not read what the upstream said of its failure. */
function isMasked(event: FeedEvent): boolean {
  const { changes = [] } = event.data as { changes?: EventData['call.completed']['changes'] };
  return changes.some(({ kind }) => kind === 'masked_error');
}

function whereToRead(decided: FeedEvent | undefined, { colour }: Output): string {
  const { upstream, tool } = (decided?.data ?? { upstream: 'the upstream', tool: '<tool>' }) as Decided;
  const text = `what ${upstream} said was masked and is not kept: its own log has it, at the time above; \`errors: filter\` in upstreams.${upstream} (or its tools.${tool}) lets the client read it`;
  return `${colour.dim('error'.padEnd(11))}${printable(text)}`;
}

function lineOf(event: FeedEvent, story: CallStory, output: Output): string {
  return shortType(event).startsWith('client_request.')
    ? clientRequestLine(event, story, output)
    : outcomeLine(event, output);
}

/** What the upstream asked of the client, as the client was shown it, and what it answered. */
function clientRequestLine(event: FeedEvent, { sealed }: CallStory, { colour }: Output): string {
  const value = sealed.find((one) => one.event === event.id)?.value;
  const words = value === undefined ? [] : [printable(value)];
  if (shortType(event) === 'client_request.decided') {
    const { request, method, decision, reason, count } = event.data as EventData['client_request.decided'];
    const times = count > 1 ? [`${count} times`] : [];
    const parts = [`${request}`, method, tinted(decision, colour), printable(reason), ...times, ...words];
    return `${colour.dim('asks'.padEnd(11))}${parts.join('  ')}`;
  }
  const { request, method, outcome, given, upstream } = event.data as EventData['client_request.answered'];
  const parts = [`${request}`, method, outcome, `${given ? 'given' : 'not given'} to ${printable(upstream)}`, ...words];
  return `${colour.dim('answers'.padEnd(11))}${parts.join('  ')}`;
}

function explainDecision(story: CallStory, event: FeedEvent, output: Output): void {
  const { tenant, callId, sealed, names } = story;
  const { colour } = output;
  const data = event.data as Decided;
  const args = sealed.find((value) => value.event === event.id && value.field === 'arguments')?.value;
  const label = (text: string): string => colour.dim(text.padEnd(11));
  output.line(`${tinted(data.decision, colour)}  ${colour.bold(data.reason)}  by ${data.guard}`);
  output.line(`${label('call')}${callId}  tenant ${printable(tenant)}  ${event.time}`);
  const objects = objectIds(story, event);
  output.line(`${label(kindOf(data))}${printable(calledText(data, objects))}`);
  output.line(`${label('subject')}${nameOf(data.subject.ref, names)}  ${printable(data.subject.issuer)}`);
  output.line(`${label('agent')}${nameOf(data.agent.ref, names)}${data.agent.verified ? '' : ' (says so itself)'}`);
  output.line(`${label('arguments')}${args === undefined ? whyWithout(data) : printable(args)}`);
  output.line(`${label('policies')}${data.policy}`);
  if (data.config !== undefined) output.line(`${label('config')}${data.config}`);
  for (const { type, status, owner, ref } of data.resources) {
    output.line(`${label('object')}${type} ${ref}  ${status}${owner === null ? '' : `, of ${nameOf(owner, names)}`}`);
  }
  for (const [list, missing] of Object.entries(data.left_out ?? {}))
    output.line(`${label('left out')}${missing} more of ${printable(list)}`);
  output.line();
  output.table(
    ['guard', 'verdict', 'reason', 'rules', 'more'],
    data.verdicts.map((verdict) => verdictRow(verdict, output)),
  );
  output.line();
}

function whyWithout({ decision }: Decided): string {
  return decision === 'deny' ? 'not kept, since the call was refused' : 'erased';
}

function kindOf({ target }: Decided): string {
  return target?.kind ?? 'tool';
}

/** What was called: a resource by its URI as long as that is known, since its name on record stands for all of them. */
function calledText({ upstream, tool, target }: Decided, [uri]: readonly string[]): string {
  if (target === undefined) return `${upstream}/${tool}`;
  if (target.kind !== 'resource') return `${upstream}/${target.name}`;
  return uri === undefined ? `of ${upstream}, its URI was not kept` : `${uri}  of ${upstream}`;
}

/** The ids of a call's objects; none where what was sealed is erased, or was not kept. */
function objectIds({ sealed }: CallStory, { id }: FeedEvent): readonly string[] {
  const facts = sealed.find(({ event, field }) => event === id && field === 'facts')?.value;
  if (facts === undefined) return [];
  return (JSON.parse(facts) as { readonly resources: readonly { readonly id: string }[] }).resources.map(
    ({ id }) => id,
  );
}

function verdictRow(verdict: Verdict, { colour }: Output): string[] {
  const { guard, effect, reason = '', rules = [], limits = [], degraded, shadow, requirements = [], detail } = verdict;
  const more = [
    ...detailsOf(detail),
    ...limits.map(({ id, remaining }) => `${id}: ${remaining} left`),
    ...requirements.map(({ who, count, group }) => `needs ${count} of ${group ?? who}`),
    ...(degraded ? [`without its store: ${degraded}`] : []),
    ...(shadow ? ['shadow: not enforced'] : []),
    ...(verdict.approval ? [`approval ${verdict.approval.id} ${verdict.approval.act}`] : []),
  ];
  return [guard, tinted(effect, colour), reason, rules.map(printable).join(', '), more.map(printable).join('; ')];
}

/** What a guard recorded beside its reason: `at /order_id, /amount`, `errors 2`. */
function detailsOf(detail: Verdict['detail']): string[] {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return [];
  return Object.entries(detail).map(
    ([name, value]) =>
      `${name} ${[value]
        .flat()
        .map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
        .join(', ')}`,
  );
}

function approvalLine(event: FeedEvent, { names, sealed }: CallStory, { colour }: Output): string {
  const type = shortType(event);
  const id = event.subject.replace(/^approval\//, '');
  const head = `${colour.dim('approval'.padEnd(11))}${printable(id)}  ${type.replace('approval.', '')}`;
  if (type === 'approval.requested') {
    const ask = sealed.find((value) => value.event === event.id && value.field === 'ask')?.value;
    return `${head}  ${ask === undefined ? '' : `“${printable(ask)}”`}`;
  }
  if (type !== 'approval.voted') return head;
  const { voter, answer, channel } = event.data as EventData['approval.voted'];
  return `${head}  ${tinted(answer, colour)} by ${nameOf(voter.ref, names)} through ${channel}`;
}

function outcomeLine(event: FeedEvent, { colour }: Output): string {
  const type = shortType(event).replace('call.', '');
  const head = `${colour.dim('outcome'.padEnd(11))}${tinted(type, colour)}`;
  if (type !== 'completed') return `${head}  ${printable(String((event.data as { reason?: string }).reason ?? ''))}`;
  const { is_error, bytes, changes, elapsed_us } = event.data as EventData['call.completed'];
  const cleaned = changes.map(({ sanitizer, kind, count }) => `${sanitizer} ${kind} ×${count}`).join(', ');
  const facts = [`${bytes} bytes`, `${(elapsed_us / 1000).toFixed(1)} ms`, ...(is_error ? ['an error'] : []), cleaned];
  return `${head}  ${facts.filter(Boolean).join(', ')}`;
}
