import { parseExact } from '@sallyport/base';
import type { PrintCommand } from '@sallyport/service/command';
import colours from 'picocolors';
import { asked, callId, decidedEvent } from '../../test/fake-admin.ts';
import { definitionDiff } from './definition-diff.ts';
import { type CallStory, explainCall } from './explain-call.ts';
import { feedLine, isDecision, type FeedEvent } from './feed-line.ts';
import { createOutput, type Streams } from './output.ts';
import { printable } from './printable.ts';

const plain = { colour: colours.createColors(false) };
const names = { sub_9k: 'development|alice' };
const command: PrintCommand = (text, { ownToken = false } = {}) =>
  `npx sallyport ${text}${ownToken ? ' --token <token>' : ''}`;

/** A terminal that remembers. */
function terminal(columns?: number): { streams: Streams; text(): string } {
  let written = '';
  const stream = { isTTY: true, columns, write: (text: string) => ((written += text), true) } as NodeJS.WriteStream;
  return { streams: { stdout: stream, stderr: stream }, text: () => written };
}

describe('what others wrote', () => {
  it('is shown with its numbers as they were written', () => {
    const limit = (maximum: string) => parseExact(`{"maximum":${maximum}}`);
    expect(printable('a\u3164\u2800\ufe0f\u{e0041}b')).toBe('a<U+3164><U+2800><U+FE0F><U+E0041>b');
    const { streams, text } = terminal();
    createOutput(streams, { json: true }).value({ a: 'x\u009b2J\u202e\u{e0041}' });
    expect(text()).toBe('{"a":"x\\u009b2J\\u202e\\udb40\\udc41"}\n');
    const diff = definitionDiff(limit('9223372036854775807'), limit('9223372036854775806'), plain);
    expect(diff).toContain('-  "maximum": 9223372036854775807');
    expect(diff).toContain('+  "maximum": 9223372036854775806');
  });

  it('neither steers the terminal nor hides in it', () => {
    expect(printable('a\u001b[2Jb\u202ec\u200bd\ne')).toBe('a<U+001B>[2Jb<U+202E>c<U+200B>d e');
    expect(printable('a\u3164\u2800\ufe0f\u{e0041}b')).toBe('a<U+3164><U+2800><U+FE0F><U+E0041>b');
    const { streams, text } = terminal();
    createOutput(streams, { json: true }).value({ a: 'x\u009b2J\u202e\u{e0041}' });
    expect(text()).toBe('{"a":"x\\u009b2J\\u202e\\udb40\\udc41"}\n');
    const diff = definitionDiff({ b: 1, a: 'x' }, { a: 'x\u202e', b: 1 }, plain);
    expect(diff).toContain('-  "a": "x"');
    expect(diff).toContain('+  "a": "x<U+202E>"');
  });
});

describe('lines for a person', () => {
  it('tells a decision in one line', () => {
    const event = decidedEvent('deny', 1) as FeedEvent;
    const line = feedLine({ tenant: 'shop', event, names }, plain, command);
    expect(line).toMatch(/^\d\d:\d\d:\d\d {2}shop +deny +not_owner +alice +orders\/get_order {2}0\.9 ms {2}01JTEST/);
    expect(feedLine({ tenant: 'shop', event, names: {} }, plain, command)).toContain('sub_9k');
  });

  it('tells the date where lines may be of other days', () => {
    const event = decidedEvent('deny', 1) as FeedEvent;
    const line = feedLine({ tenant: 'shop', event, names }, { ...plain, dated: true }, command);
    expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}shop/);
  });

  it('tells in one line what waits for whom, and the command that answers', () => {
    const event = asked() as FeedEvent;
    const line = feedLine({ tenant: 'shop', event, names: { sub_4b: 'development|bob' } }, plain, command);
    expect(line).toMatch(
      / asks +approval_required +bob +orders\/cancel_order waits for 2 of finance: npx sallyport approve A-17 --token <token>$/,
    );
    const { streams, text } = terminal();
    createOutput(streams, {}).notify('a\u001b]0;b\u0007');
    expect(text()).toBe('\u001b]9;a<U+001B>]0;b<U+0007>\u0007\u0007');
  });

  it('tells in one line what an upstream asked of a client', () => {
    const data = {
      decision: 'deny',
      reason: 'not_granted',
      upstream: 'orders',
      method: 'elicitation/create',
      count: 3,
    };
    const event: FeedEvent = {
      type: 'dev.sallyport.client_request.decided.v1',
      id: 'e1',
      time: '2026-01-01T00:00:00.000Z',
      subject: 'call/01JTEST',
      data,
    };
    expect(isDecision({ tenant: 'shop', event, names })).toBe(true);
    expect(feedLine({ tenant: 'shop', event, names }, plain, command)).toMatch(
      /deny +not_granted +orders asks the client  elicitation\/create  3 times  01JTEST$/,
    );
  });

  it('says where an error can be read that the client did not read', () => {
    const { streams, text } = terminal();
    const changes = [{ sanitizer: 'upstream-errors', kind: 'masked_error', count: 1 }];
    const failed = { type: 'dev.sallyport.call.failed.v1', subject: '', data: { reason: 'upstream_error', changes } };
    const story = {
      tenant: 'shop',
      callId,
      names,
      events: [decidedEvent('allow', 1), failed],
      approvals: [],
      sealed: [],
    };
    explainCall(story as object as CallStory, createOutput(streams, {}));
    expect(text()).toMatch(/masked.*its own log.*errors: filter/);
  });

  it('explains which argument a guard refused, and that arguments of refused calls are not kept', () => {
    const { streams, text } = terminal();
    const event = decidedEvent('deny', 1) as FeedEvent;
    const verdict = {
      guard: 'strict-input',
      effect: 'deny',
      reason: 'invalid_arguments',
      detail: { errors: 2, at: ['/path', '/edits\u001b[2J'] },
    };
    const more = { config: `sha256:${'c'.repeat(43)}`, left_out: { resources: 30 } };
    const refused = { ...event, data: { ...(event.data as object), verdicts: [verdict], ...more } };
    const story = { tenant: 'shop', callId, names, events: [refused], approvals: [], sealed: [] };
    explainCall(story as object as CallStory, createOutput(streams, {}));
    const shown = text().replaceAll(/\u001b\[\d+m/g, '');
    expect(shown).toMatch(/invalid_arguments +errors 2; at \/path, \/edits<U\+001B>\[2J\n/);
    expect(shown).toMatch(/arguments +not kept, since the call was refused\n/);
    expect(shown).toMatch(/policies +sha256:b+\nconfig +sha256:c+\n/);
    expect(shown).toMatch(/left out +30 more of resources\n/);
  });

  it.each([
    ['prompt', 'greet', {}, 'prompt     orders/greet'],
    ['template', 'db://{t}', {}, 'template   orders/db://{t}'],
    ['resource', '*', { resources: [{ id: 'db://a\u001b[2J' }] }, 'resource   db://a<U+001B>[2J  of orders'],
    ['resource', '*', undefined, 'resource   of orders, its URI was not kept'],
  ])('explains a %s as what it is', (kind, name, facts, line) => {
    const { streams, text } = terminal();
    const event = decidedEvent('deny', 1) as FeedEvent & { data: object };
    const called = { ...event, data: { ...event.data, tool: `${kind}:${name}`, target: { kind, name } } };
    const sealed = facts
      ? [{ event: event.id, field: 'facts', value: JSON.stringify({ resources: [], ...facts }) }]
      : [];
    const story = { tenant: 'shop', callId, names, events: [called], approvals: [], sealed };
    explainCall(story as object as CallStory, createOutput(streams, {}));
    expect(text().replaceAll(/\u001b\[\d+m/g, '')).toContain(`${line}\n`);
  });

  it('explains a call with every guard, its rules and what came of it', () => {
    const { streams, text } = terminal();
    const story = {
      tenant: 'shop',
      callId,
      names,
      events: [
        decidedEvent('deny', 1),
        {
          type: 'dev.sallyport.client_request.decided.v1',
          id: 'e2',
          data: { request: 1, method: 'elicitation/create', decision: 'allow', reason: 'granted', count: 1 },
        },
        {
          type: 'dev.sallyport.client_request.answered.v1',
          id: 'e3',
          data: { request: 1, method: 'elicitation/create', outcome: 'accepted', given: true, upstream: 'orders' },
        },
        {
          type: 'dev.sallyport.call.completed.v1',
          subject: '',
          data: { is_error: false, bytes: 9, changes: [], elapsed_us: 5 },
        },
      ],
      approvals: [{ type: 'dev.sallyport.approval.requested.v1', id: 'a1', subject: 'approval/A-17', data: {} }],
      sealed: [
        { event: 'e1', field: 'arguments', value: '{"order_id":"2001"}' },
        { event: 'a1', field: 'ask', value: 'Cancel it?' },
        { event: 'e2', field: 'client_request', value: '{"message":"Which branch?"}' },
      ],
    } as object as CallStory;
    explainCall(story, createOutput(streams, {}));
    const shown = text().replaceAll(/\u001b\[\d+m/g, '');
    for (const part of [
      'not_owner',
      'alice',
      '{"order_id":"2001"}',
      'own-orders',
      'user-rate: 19 left',
      'A-17',
      '“Cancel it?”',
      '9 bytes',
    ]) {
      expect(shown).toContain(part);
    }
    expect(shown).toMatch(/limits +pass/);
    expect(shown).toContain('asks       1  elicitation/create  allow  granted  {"message":"Which branch?"}');
    expect(shown).toContain('answers    1  elicitation/create  accepted  given to orders');
  });
});

describe('a table', () => {
  const rows = [
    ['files/read', 'a short text'],
    ['files/write', 'a text that is much longer than the terminal is wide, and /a/path/without/any/space/in/it/at/all'],
  ];

  it('stays within the terminal, loses no text and pads no last column', () => {
    const { streams, text } = terminal(40);
    createOutput(streams, {}).table(['tool', 'more'], rows);
    const lines = text()
      .replaceAll(/\u001b\[\d+m/g, '')
      .trimEnd()
      .split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines.filter((line) => line === '' || line !== line.trimEnd())).toEqual([]);
    const cells = lines.slice(2).map((line) => line.slice(13));
    expect(cells.join('').replaceAll(' ', '')).toBe(rows[1]?.[1]?.replaceAll(' ', ''));
  });

  it('has one line a row where there is room', () => {
    const { streams, text } = terminal(200);
    createOutput(streams, {}).table(['tool', 'more'], rows);
    expect(text().trimEnd().split('\n')).toHaveLength(3);
  });
});
