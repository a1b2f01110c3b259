import fc from 'fast-check';
import { canonical, CanonicalError, type JsonValue } from '@sallyport/base';
import { CommitRefused, events } from '@sallyport/contracts';
import { cloudEvent, readCloudEvent, sequenceText } from './cloud-event.ts';

const event = {
  id: '01J',
  type: 'call.decided',
  time: '2026-11-23T09:15:02.113Z',
  source: '/gateway/7f3c',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { tenant: 'shop', decision: 'deny' },
};

describe('cloudEvent', () => {
  it('refuses data that is not plain JSON', () => {
    expect(() => cloudEvent({ ...event, data: { tenant: undefined } }, { stream: 'call/1' })).toThrow(CanonicalError);
  });

  it.each(Object.keys(events))('refuses a %s above 60 KiB by a byte, and takes one below', (type) => {
    const sized = (bytes: number, letter: string) => {
      const empty = cloudEvent({ ...event, type, data: { text: '' } }, { stream: 'call/1' });
      const room = bytes - Buffer.byteLength(empty.head + sequenceText(1) + empty.tail);
      const text = letter.repeat(Math.floor(room / Buffer.byteLength(letter)));
      return { ...event, type, data: { text: text.padEnd(text.length + (room % Buffer.byteLength(letter)), 'x') } };
    };
    for (const letter of ['a', '€', '🜁']) {
      const { head, tail } = cloudEvent(sized(61_440, letter), { stream: 'call/1' });
      expect(Buffer.byteLength(head + sequenceText(1) + tail)).toBe(61_440);
      expect(() => cloudEvent(sized(61_441, letter), { stream: 'call/1' })).toThrow(CommitRefused);
    }
  });

  it('leaves traceparent out where there is none', () => {
    const { head, tail } = cloudEvent({ ...event, traceparent: null }, { stream: 'call/1' });
    expect(JSON.parse(head + sequenceText(1) + tail)).not.toHaveProperty('traceparent');
  });

  it('is read back as it was written, and bytes that are no event are not', () => {
    const { head, tail } = cloudEvent(event, { stream: 'call/1' });
    const { id, time, data } = event;
    expect(readCloudEvent(Buffer.from(head + sequenceText(1) + tail))).toMatchObject({ id, time, data });
    expect(() => readCloudEvent(Buffer.from(head))).toThrow(SyntaxError);
  });

  it('is the canonical form of the whole CloudEvent, whatever the event', () => {
    const text = fc.string({ unit: 'grapheme' });
    const anyEvent = fc.record({
      id: text,
      type: text,
      time: text,
      source: text,
      traceparent: fc.option(text),
      data: fc.dictionary(text, fc.jsonValue({ noUnicodeString: false })),
    });
    fc.assert(
      fc.property(anyEvent, text, fc.nat(), (event, stream, sequence) => {
        const { head, tail } = cloudEvent(event, { stream });
        const whole: JsonValue = {
          specversion: '1.0',
          type: `dev.sallyport.${event.type}.v1`,
          source: event.source,
          id: event.id,
          time: event.time,
          subject: stream,
          datacontenttype: 'application/json',
          dataschema: `https://sallyport.dev/schemas/${event.type}.v1.json`,
          sequence: String(sequence).padStart(18, '0'),
          ...(event.traceparent === null ? {} : { traceparent: event.traceparent }),
          data: event.data as JsonValue,
        };
        expect(head + sequenceText(sequence) + tail).toBe(canonical(whole));
      }),
    );
  });
});
