import { events } from '@sallyport/contracts';
import { z } from 'zod';

/** A JSON Schema, draft 7, of the few forms that events need. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly [keyword: string]: unknown;
}

/** What a consumer of the feed may rely on. */
export interface FeedContract {
  /** Headers of a record. */
  readonly headers: Schema;
  /** Attributes of a record's value, all but `data`. */
  readonly attributes: Schema;
  /** `data`, by type of event. */
  readonly data: Readonly<Record<string, Schema>>;
}

/** The contract as the code has it now. */
export function feedContract(): FeedContract {
  const data = Object.entries(events).map(([type, schema]) => [type, jsonSchema(schema)] as const);
  return { headers: jsonSchema(headers), attributes: jsonSchema(attributes), data: Object.fromEntries(data) };
}

const version = z.literal('1.0');
const id = z.string().describe('A ULID, the same wherever this event is found.');
const source = z.string().describe('`/gateway/<boot>`, `/audit`, `/admin` or `/definitions`.');
const type = z.string().describe('`dev.sallyport.`, the name of the event, and `.v1`.');
const subject = z.string().describe('The stream, such as `call/01J…`.');
const time = z.string().describe('RFC 3339 with milliseconds, by the clock of the process that recorded it.');
const sequence = z
  .string()
  .regex(/^\d{18}$/)
  .describe('The place in the log of the tenant: 18 digits, from 1, without gaps.');

const headers = z.object({
  'content-type': z.literal('application/cloudevents+json; charset=UTF-8').describe('Structured mode.'),
  ce_specversion: version,
  ce_id: id,
  ce_source: source,
  ce_type: type,
  ce_subject: subject,
  ce_time: time,
  ce_sequence: sequence,
});

const attributes = z.object({
  specversion: version,
  id,
  source,
  type,
  subject,
  time,
  sequence,
  datacontenttype: z.literal('application/json'),
  dataschema: z.string().describe('A name for the schema of `data`.'),
  traceparent: z.string().optional().describe('W3C trace context, where the call carried one.'),
});

/** `input` leaves objects open: a consumer must pass over members that it doesn't know. */
function jsonSchema(schema: z.ZodType): Schema {
  const { definitions, ...printed } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  const names = Object.keys((definitions as object | undefined) ?? {});
  const strange = names.filter((name) => !name.startsWith('__schema'));
  if (strange.length > 0)
    throw new TypeError(`A schema refers to ${strange.join()}, which the document has no place for.`);
  return plain(printed) as Schema;
}

/** Any JSON value is printed as a reference to a schema of itself, and a count with the largest integer there is. */
function plain(printed: unknown): unknown {
  if (Array.isArray(printed)) return printed.map(plain);
  if (typeof printed !== 'object' || printed === null) return printed;
  if ('$ref' in printed) return { description: 'Any JSON value.' };
  const members = Object.entries(printed).filter(
    ([name, value]) =>
      !(name === '$schema' || name === 'propertyNames' || (name === 'maximum' && value === Number.MAX_SAFE_INTEGER)),
  );
  return Object.fromEntries(members.map(([name, value]) => [name, plain(value)]));
}
