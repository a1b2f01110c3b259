import { configSchema } from '@sallyport/contracts';
import { createSanitize } from '../create-sanitize.ts';
import { sanitizersWith } from '../sanitizers.ts';

const context = { tool: null, what: 'result', reference: 'r', upstream: 'up' } as const;
const text = (value: string) => ({ content: [{ type: 'text', text: value }] });

describe('a key of Sallyport itself', () => {
  it.each(['redact', 'off'] as const)('leaves no server, with sanitize.secrets: %s', (secrets) => {
    const config = configSchema.parse({ upstreams: {}, sanitize: { secrets } });
    const sanitize = createSanitize(config, sanitizersWith(['ann$key(1)', 'ann$key(1)+more', 'short']));
    const { value, changes } = sanitize({ ...text('(ann$key(1)+more) ann$key(1)short'), 'ann$key(1)': 1 }, context);
    expect(value).toMatchObject(text('([redacted:own_key]) [redacted:own_key]short'));
    expect(JSON.stringify(value)).not.toContain('ann$key');
    expect(changes).toContainEqual({ sanitizer: 'secrets', kind: 'own_key', count: expect.any(Number) });
  });

  it.each([String.raw`{"key":"ann\\/\"key\""}`, String.raw`{"key":"ann\\\/\"key\""}`])(
    'leaves no server in JSON: %s',
    (json) => {
      const sanitize = createSanitize(configSchema.parse({ upstreams: {} }), sanitizersWith([String.raw`ann\/"key"`]));
      expect(sanitize(text(json), context).value).toEqual(text('{"key":"[redacted:own_key]"}'));
    },
  );

  it('is nothing where there is none', () => {
    const sanitize = createSanitize(configSchema.parse({ upstreams: {} }), sanitizersWith(['']));
    const value = text('plain words');
    expect(sanitize(value, context)).toEqual({ value, changes: [] });
  });
});
