import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import { events, type StoredEvent } from '@sallyport/contracts';
import { feedRecord } from '@sallyport/journal';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { parse } from 'yaml';
import { read } from '../tree.ts';
import type { AsyncApiDocument } from './asyncapi-document.ts';

const document = parse(read('docs/reference/asyncapi.yaml')) as AsyncApiDocument;

/** Every `$ref` of a document. */
function references(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  const { $ref } = part as { readonly $ref?: string };
  return [...($ref === undefined ? [] : [$ref]), ...Object.values(part).flatMap(references)];
}

function target(reference: string): unknown {
  const steps = reference.replace('#/', '').split('/');
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
}

/** A check by the schema at a reference, whose own references begin at the document. */
function validatorOf($ref: string): (value: unknown) => boolean {
  const schema = { $ref, components: document.components };
  const validate = new AjvJsonSchemaValidator().getValidator(schema);
  return (value) => validate(value).valid;
}

async function storedEvent(): Promise<StoredEvent> {
  const { journal } = createMemoryJournal();
  await journal.commit(sampleCommit([sampleWrite('tenant/_system', 0)]));
  const [event] = await journal.readAll('shop', { after: 0, limit: 1 });
  return event as StoredEvent;
}

describe('docs/reference/asyncapi.yaml', () => {
  const payload = validatorOf('#/components/messages/gateway.stopped/payload');

  it('refuses what is no event of its type', async () => {
    const { bytes } = await storedEvent();
    const event = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: object };
    expect(payload({ ...event, data: {} })).toBe(false);
    expect(payload({ ...event, sequence: 1 })).toBe(false);
    expect(payload({ ...event, type: 'dev.sallyport.gateway.started.v1' })).toBe(false);
    expect(payload({ ...event, data: { ...event.data, added: 'later' } })).toBe(true);
  });

  it('describes the record that the relay sends', async () => {
    const { topic, key, value, headers } = feedRecord(await storedEvent(), 'sallyport.audit.v1');
    expect(payload(JSON.parse(Buffer.from(value).toString('utf8')))).toBe(true);
    expect(validatorOf('#/components/schemas/Headers')(headers)).toBe(true);
    expect(Object.keys(document.components.schemas.Headers?.properties ?? {}).sort()).toEqual(
      Object.keys(headers ?? {}).sort(),
    );
    expect([document.channels.feed.address.replace('{prefix}', 'sallyport'), key]).toEqual([topic, 'shop']);
  });

  it('has every event, and no other channel than the feed', () => {
    expect(Object.keys(document.channels)).toEqual(['feed']);
    expect(Object.keys(document.channels.feed.messages)).toEqual(Object.keys(events));
    expect(Object.keys(document.components.messages)).toEqual(Object.keys(events));
  });

  it('refers to nothing that is not there', () => {
    expect(references(document).length).toBeGreaterThan(100);
    expect(references(document).filter((reference) => target(reference) === undefined)).toEqual([]);
  });
});
