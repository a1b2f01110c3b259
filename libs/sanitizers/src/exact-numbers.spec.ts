import { configSchema, type CatalogTool, type JsonObject, type SanitizeContext } from '@sallyport/contracts';
import { parseExact } from '@sallyport/base';
import { createSanitize } from './create-sanitize.ts';

const sanitize = createSanitize(configSchema.parse({ upstreams: {} }));
const context: SanitizeContext = { tool: null, what: 'result', reference: '01J', upstream: 'orders' };
const odd = '[175928847299117063,-9007199254740993,1.0,-0,1E2,1e400,0.1000000000000000055511151231257827,[[1.50]]]';

function cleaned(text: string, more: Partial<SanitizeContext> = {}): string {
  return JSON.stringify(sanitize(parseExact(text) as JsonObject, { ...context, ...more }).value);
}

/** A tool whose approved output schema names `id` and `v`. */
const tool = {
  checkOutput: (value: JsonObject) => {
    const kept = Object.entries(value).filter(([name]) => name === 'id' || name === 'v');
    const dropped = Object.keys(value).length - kept.length;
    return { value: dropped === 0 ? value : Object.fromEntries(kept), dropped, errors: [] };
  },
} as Partial<CatalogTool> as CatalogTool;

describe('numbers that no double carries', () => {
  it('are found where their digits are a card number and their member says so, and stay numbers', () => {
    for (const card of ['4111111111111111.0', '4.111111111111111e15', '5555555555554444.00']) {
      const result = (name: string, value: string) => `{"content":[],"structuredContent":{"${name}":[${value}]}}`;
      expect(cleaned(result('cardNumber', card))).toBe(result('cardNumber', '0'));
      expect(cleaned(result('order_id', card))).toBe(result('order_id', card));
    }
  });

  it('keep their text in a result, in JSON within a text, and in a notification', () => {
    const result = `{"content":[{"type":"text","text":"x","annotations":{"priority":1.0}},{"type":"resource_link","uri":"a:b","size":12.0}],"structuredContent":{"v":${odd}}}`;
    expect(cleaned(result)).toBe(result);
    const progress = '{"progressToken":1,"progress":50.0,"total":175928847299117063}';
    expect(cleaned(progress, { what: 'message' })).toBe(progress);
  });

  it('keep their text through an output schema that names them and drops others', () => {
    const text = (more: string) => JSON.stringify(`{"id":175928847299117063,"v":1.0${more}}`);
    const result = (more: string, inText = more) =>
      `{"content":[{"type":"text","text":${text(inText)}}],"structuredContent":{"id":175928847299117063,"v":1.0${more}}}`;
    expect(cleaned(result(',"other":175928847299117063'), { tool })).toBe(result(''));
    expect(cleaned(result('', ',"other":1.0'), { tool })).toBe(result(''));
  });

  it('at the depth where values are cut stay, and a result that is cut to size keeps those that stay', () => {
    const deep = (levels: number) => `${'['.repeat(levels)}1.0${']'.repeat(levels)}`;
    const whole = `{"content":[],"structuredContent":${deep(99)}}`;
    expect(cleaned(whole)).toBe(whole);
    const small = createSanitize(configSchema.parse({ upstreams: {}, sanitize: { max_bytes: 400 } }));
    const long = `{"content":[{"type":"text","text":"${'x'.repeat(2_000)}"}],"structuredContent":{"v":${odd}}}`;
    expect(JSON.stringify(small(parseExact(long) as JsonObject, context).value)).toContain(`{"v":${odd}}`);
  });
});
