import type { BusRecord, StoredEvent } from '@sallyport/contracts';

/** Attributes of a stored CloudEvent that its record repeats as headers. */
const repeated = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'sequence'] as const;

type Attributes = Readonly<Record<(typeof repeated)[number], string>>;

/**
 * The record that the feed carries for an event: the stored bytes as they are, under the key of their tenant, so that a
 * tenant's records stay in one partition and in order. By the Kafka binding of CloudEvents 1.0, section 3.3: structured
 * mode, the attributes repeated as `ce_` headers for those who filter without parsing.
 *
 * @throws SyntaxError for bytes that are no JSON: the log is broken
 */
export function feedRecord({ tenant, bytes }: StoredEvent, topic: string): BusRecord {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const event = JSON.parse(text) as Attributes;
  const headers = Object.fromEntries(repeated.map((name) => [`ce_${name}`, event[name]]));
  return {
    topic,
    key: tenant,
    value: bytes,
    headers: { ...headers, 'content-type': 'application/cloudevents+json; charset=UTF-8' },
  };
}
