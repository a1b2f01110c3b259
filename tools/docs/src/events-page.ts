import {
  approvalEvents,
  callEvents,
  events,
  type EventType,
  systemEvents,
  requesterEvents,
} from '@sallyport/contracts';
import { describe, type Shape } from './describe-schema.ts';
import { eventMeanings } from './event-meanings.ts';
import { code, table } from './markdown.ts';

/** `docs/reference/events.md`, from the schemas that check what is written. */
export function eventsPage(): string {
  const groups = [
    ['Calls', callEvents],
    ['Approvals', { ...approvalEvents, ...requesterEvents }],
    ['Sallyport', systemEvents],
  ] as const;
  return [
    intro,
    table(['type', 'stream', 'what it says'], Object.entries(eventMeanings).map(rowOf)),
    ...groups.flatMap(([title, types]) => [`## ${title}`, ...(Object.keys(types) as EventType[]).map(eventSection)]),
  ].join('\n\n');
}

function rowOf([type, { stream, says }]: [string, { stream: string; says: string }]): string[] {
  return [`[${type}](#${type.replaceAll(/[^a-z_]/g, '')})`, code(stream), says];
}

const intro = `# Events

<!-- Written by \`npm run docs\` from libs/contracts/src/events. Change it there, or in tools/docs/src. -->

Every fact on record, past tense. A released type is only ever added to. Each event is stored as the canonical JSON (RFC 8785) of
a structured CloudEvent; its bytes, and the RFC 6962 leaf hash over them, stay as they are.

| attribute | value |
| --- | --- |
| \`specversion\` | \`1.0\` |
| \`type\` | \`dev.sallyport.\` and the name below and \`.v1\` |
| \`source\` | \`/gateway/<boot>\`, \`/audit\`, \`/admin\` or \`/definitions\` |
| \`id\` | a ULID |
| \`time\` | RFC 3339 with milliseconds; among services by the broker's clock |
| \`subject\` | the stream, such as \`call/01J…\` |
| \`sequence\` | the place in the tenant's log, 18 digits, from 1, without gaps |
| \`traceparent\` | W3C trace context, where the call carried one |
| \`datacontenttype\`, \`dataschema\` | \`application/json\`, and a name for the schema below |
| \`data\` | the members below |

No event holds an argument value, a name of a person or an id of an object. \`ref\` members are random pseudonyms whose names
are kept in a directory beside the log. \`digest\` members are \`sha256:\` or, where the value could be guessed, \`hmac-sha256:\` under
the tenant's key. \`commitment\` members are salted SHA-256 over values that are sealed in a side table.`;

function eventSection(type: EventType): string {
  const { says } = eventMeanings[type];
  return `### \`${type}\`\n\n${says}\n\n${table(['member', 'value'], membersOf(events[type].shape, ''))}`;
}

/** Rows of an object; members of objects within it follow with their path. */
function membersOf(shape: Shape, above: string): string[][] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const { type, required, shapes } = describe(schema);
    const path = `${above}${name}`;
    const [only] = shapes;
    const below =
      only !== undefined && shapes.length === 1
        ? membersOf(only, `${path}${type.startsWith('list') ? '[]' : ''}.`)
        : [];
    return [[code(path), `${type.replaceAll(/\{[^}]*\}/g, 'object')}${required ? '' : ', optional'}`], ...below];
  });
}
