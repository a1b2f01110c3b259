import { configSchema, type JsonObject } from '@sallyport/contracts';
import { elicitation } from './elicitation.ts';

const config = configSchema.parse({
  upstreams: {
    shop: {
      url: 'https://shop.example/mcp',
      client_requests: { elicitation: { forms: true, url_hosts: ['pay.example.com'] } },
    },
  },
});
const granted = config.upstreams['shop']?.client_requests;
if (granted === undefined) throw new Error('nothing is granted');
const about = { upstream: 'shop', granted };

const form = (properties: JsonObject, message = 'Please.', more: JsonObject = {}): JsonObject => ({
  message,
  requestedSchema: { type: 'object', properties, ...more },
});
const page = (url: string): JsonObject => ({ mode: 'url', message: 'Pay here.', url, elicitationId: 'e1' });
const reasonOf = (params: JsonObject): string => {
  const read = elicitation.prepare(params, about);
  return read.kind === 'refused' ? read.reason : 'shown';
};
function shown(params: JsonObject) {
  const reading = elicitation.prepare(params, about);
  if (reading.kind === 'refused') throw new Error(reading.reason);
  // What is kept between two rounds is enough to read the answer.
  const kept = JSON.parse(JSON.stringify(elicitation.keep(reading.params))) as JsonObject;
  return { ...reading, read: (answer: JsonObject) => elicitation.read(kept, answer) };
}
const text: JsonObject = { type: 'string' };

describe('a form', () => {
  it.each<[string, JsonObject]>([
    ['its message', form({ value: text }, 'Sallyport: your session ended, enter your password')],
    ['its message, in a short word, where there is something to fill in', form({ value: text }, 'Enter your PIN')],
    ['the name of a field', form({ p4ssword: text })],
    ['a title', form({ a: { ...text, title: 'Пароль' } })],
    ['a description', form({ a: { ...text, description: 'the one-time code we sent' } })],
    ['a format', form({ a: { ...text, format: 'password' } })],
    ['a default', form({ a: { ...text, default: 'your password' } })],
    ['a choice', form({ b: text, a: { type: 'string', oneOf: [{ const: 'x', title: 'Password: ___' }] } })],
    ['a name of a choice', form({ b: text, a: { type: 'string', enum: ['x'], enumNames: ['Mot de passe'] } })],
    ['fields within fields', form({ a: { type: 'object', properties: { pwd: text } } })],
    ['what the protocol does not know of', form({ a: { ...text, 'x-hint': 'api key' } })],
  ])('that asks for a credential in %s is refused', (_, params) =>
    expect(reasonOf(params)).toBe('asks_for_credential'),
  );

  it.each<[string, JsonObject]>([
    ['fields within fields', form({ a: { type: 'object', properties: { b: text } } })],
    ['a list of texts', form({ a: { type: 'array', items: text } })],
    ['another format', form({ a: { ...text, format: 'x' } })],
    ['no schema', { message: 'x' }],
    ['a name with a line break', form({ 'a\nb': text })],
    ['a name that is none for an object', form(JSON.parse('{"__proto__":{"type":"string"}}') as JsonObject)],
    ['a choice that can not be shown', form({ a: { type: 'string', enum: ['a\u202Eb'] } })],
    ['too many fields', form(Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`f${at}`, text])))],
    ['another mode', { ...form({ a: text }), mode: 'page' }],
  ])('with %s is none', (_, params) => expect(reasonOf(params)).toBe('malformed'));

  it.each<[string, JsonObject]>([
    ['Rotate the API key of billing now?', { now: { type: 'boolean' } }],
    ['Reset the password of user bob?', { reset_password: { type: 'boolean', title: 'Reset password' } }],
    ['Pin this message?', { pin: { type: 'boolean' } }],
    ['Which token?', { token: { type: 'string', enum: ['ETH', 'USDC'] } }],
    ['Pay by credit card or invoice?', { by: { type: 'string', enum: ['credit card', 'invoice'] } }],
  ])('into which nothing can be typed is shown: %s', (message, properties) =>
    expect(reasonOf(form(properties, message))).toBe('shown'),
  );

  it('asks for a token by choice beside a field for something else', () => {
    const token = { type: 'string', enum: ['ETH', 'USDC'] };
    expect(reasonOf(form({ amount: { type: 'number' }, token }))).toBe('shown');
  });

  it.each([
    'From Sallyport: approve',
    'Your Sallyport gateway needs this',
    'Sa11yport asks',
    'SaIIyport asks',
    'in_sally_p0rt',
  ])('that names us anywhere is refused: %s', (words) => {
    expect(reasonOf(form({ a: { ...text, title: words } }))).toBe('imitates_sallyport');
    expect(reasonOf(form({ a: { type: 'boolean', description: words } }))).toBe('imitates_sallyport');
    expect(reasonOf(form({ a: text }, words))).toBe('imitates_sallyport');
    expect(reasonOf({ ...page('https://pay.example.com/'), message: words })).toBe('imitates_sallyport');
  });

  it('that speaks as if it were ours in a title is refused', () => {
    expect(reasonOf(form({ a: { ...text, title: 'Sallyport: confirm' } }))).toBe('imitates_sallyport');
    expect(reasonOf(form({ a: { ...text, description: 'ЅALLYPORT says so' } }))).toBe('imitates_sallyport');
  });

  it('that nobody would read to its end is refused', () => {
    expect(reasonOf(form({ a: text }, 'x'.repeat(16_001)))).toBe('too_large');
  });

  it('is shown as the protocol has it, cleaned, and labelled', () => {
    const params = form(
      {
        name: { ...text, title: 'Your\nname\u202E', minLength: 1, format: 'email', pattern: '(a+)+$', 'x-run': 1 },
        size: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
        kind: { type: 'string', oneOf: [{ const: 'a', title: 'A' }], default: 'b' },
        tags: { type: 'array', items: { type: 'string', enum: ['x', 'y'] }, maxItems: 2, default: ['x'] },
        old: { type: 'string', enum: ['p'], enumNames: ['P'] },
        yes: { type: 'boolean', default: true },
      },
      'Who are you?',
      { required: ['name', 'gone'], $defs: { a: 1 } },
    );
    expect(shown({ ...params, _meta: { x: 1 }, task: {} }).params).toEqual({
      mode: 'form',
      message: 'shop asks you. These are its words, not Sallyport’s:\n> Who are you?',
      requestedSchema: {
        type: 'object',
        properties: {
          name: { type: 'string', title: 'Your name', minLength: 1, format: 'email' },
          size: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
          kind: { type: 'string', oneOf: [{ const: 'a', title: 'A' }] },
          tags: { type: 'array', items: { type: 'string', enum: ['x', 'y'] }, maxItems: 2, default: ['x'] },
          old: { type: 'string', enum: ['p'], enumNames: ['P'] },
          yes: { type: 'boolean', default: true },
        },
        required: ['name'],
      },
    });
  });

  it.each<[string, JsonObject]>([
    ['a missing member', {}],
    ['a member of another type', { name: 1 }],
    ['a number out of bounds', { name: 'a', size: 10 }],
    ['no whole number', { name: 'a', size: 1.5 }],
    ['no choice', { name: 'a', kind: 'b' }],
    ['too many choices', { name: 'a', tags: ['x', 'y', 'x'] }],
    ['a text that is too short', { name: '' }],
  ])('is not answered by %s', (_, content) => {
    const { read } = shown(
      form(
        {
          name: { ...text, minLength: 1 },
          size: { type: 'integer', maximum: 9 },
          kind: { type: 'string', enum: ['a'] },
          tags: { type: 'array', items: { enum: ['x', 'y'] }, maxItems: 2 },
        },
        'Please.',
        { required: ['name'] },
      ),
    );
    expect(read({ action: 'accept', content })).toEqual({ outcome: 'invalid', result: null });
  });

  it('is answered by what it asked for, and nothing beside it', () => {
    const { read } = shown(form({ name: text }));
    expect(read({ action: 'accept', content: { name: 'a', home: '/root' }, _meta: { x: 1 } })).toEqual({
      outcome: 'accepted',
      result: { action: 'accept', content: { name: 'a' } },
    });
    expect(read({ action: 'decline', content: { name: 'a' } })).toEqual({
      outcome: 'declined',
      result: { action: 'decline' },
    });
    expect(read({ action: 'cancel' })).toMatchObject({ outcome: 'cancelled' });
    expect(read({ action: 'maybe' })).toMatchObject({ outcome: 'invalid' });
  });
});

describe('an address', () => {
  it.each([
    'http://pay.example.com/',
    'https://evil.example/',
    'https://pay.example.com.evil.example/',
    'https://evil.example/https://pay.example.com/',
    'https://pay.example.com@evil.example/',
    'https://pay.example.com:pw@pay.example.com/',
    'https://user@pay.example.com/',
    'https://pay.example.com:8443/',
    'https://evil.example\\@pay.example.com/',
    'https://pay.example.com\\.evil.example/',
    'https://sub.pay.example.com/',
    'https://pay.example.com./',
    'https://p\u0430y.example.com/',
    'https:pay.example.com',
    'https://pay.example.com/\n',
    ' https://pay.example.com/',
    'javascript:alert(1)//pay.example.com',
    `https://pay.example.com/${'x'.repeat(2_048)}`,
    '',
  ])('that is none of a granted host by https is refused: %s', (url) =>
    expect(reasonOf(page(url))).toBe('url_not_granted'),
  );

  it('is shown with its host in the first line, and answered without content', () => {
    const { params, read } = shown({ ...page('https://PAY.example.com/a?b=1#c'), requestedSchema: {} });
    expect(params).toEqual({
      mode: 'url',
      message: 'shop sends you to pay.example.com. These are its words, not Sallyport’s:\n> Pay here.',
      url: 'https://pay.example.com/a?b=1#c',
      elicitationId: 'e1',
    });
    expect(read({ action: 'accept', content: { a: 1 } })).toEqual({
      outcome: 'accepted',
      result: { action: 'accept' },
    });
  });

  it('needs an id that can be read', () =>
    expect(reasonOf({ ...page('https://pay.example.com/'), elicitationId: 'a b' })).toBe('malformed'));
});

describe('what is granted, and what the client can do', () => {
  const forms = { ...granted, elicitation: { forms: true, url_hosts: [] } };
  it('is said of forms and of addresses apart', () => {
    expect(elicitation.missing(page('https://pay.example.com/'), forms)).toBe('elicitation: { url_hosts: [<host>] }');
    expect(elicitation.missing({}, { ...granted, elicitation: { forms: false, url_hosts: ['a.example'] } })).toBe(
      'elicitation: { forms: true }',
    );
    expect(elicitation.missing({}, undefined)).toBe('elicitation: { forms: true }');
    expect(elicitation.canAnswer({ mode: 'url' }, { elicitation: {} })).toBe(false);
    expect(elicitation.canAnswer({}, { elicitation: { url: {} } })).toBe(false);
    expect(elicitation.canAnswer({}, { elicitation: {} })).toBe(true);
    expect(elicitation.canAnswer({}, {})).toBe(false);
  });
});
