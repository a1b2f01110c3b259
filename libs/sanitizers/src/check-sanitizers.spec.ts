import { configSchema } from '@sallyport/contracts';
import { checkSanitizers } from './check-sanitizers.ts';
import { sanitizers } from './sanitizers.ts';
import { unchanged } from './text-edit.ts';

const config = (sanitize: object = {}) => configSchema.parse({ upstreams: {}, sanitize });

test('a sanitizer that is on and does nothing is found', () => {
  const dead = { ...sanitizers.find(({ id }) => id === 'size'), create: () => unchanged };
  const [finding] = checkSanitizers(config(), [dead as (typeof sanitizers)[number]]);
  expect(finding).toMatchObject({
    about: 'sanitize/size',
    fires: false,
    detail: 'found nothing and left the message as it is',
  });
});

test('texts are looked for in every kind of result', () => {
  const list = sanitizers.filter((item) => item.id === 'secrets');
  const abouts = checkSanitizers(config(), list).map(({ about }) => about);
  for (const place of ['prompt', 'resource', 'blob', 'completion'])
    expect(abouts.filter((about) => about.endsWith(`/${place}`))).toHaveLength(1);
});

test('one that should only report but changes is found', () => {
  const secrets = sanitizers.find(({ id }) => id === 'secrets') as (typeof sanitizers)[number];
  const eager = { ...secrets, reports: () => true };
  expect(checkSanitizers(config(), [eager]).every(({ fires }) => !fires)).toBe(true);
});

test('a probe that can’t be made is a finding', () => {
  const broken = {
    id: 'broken',
    create: () => unchanged,
    probes: () => {
      throw new Error('no');
    },
  };
  expect(checkSanitizers(config(), [broken])).toMatchObject([{ about: 'sanitize/broken', fires: false }]);
});

test('a limit that leaves no room for a cut text is found', () => {
  const findings = checkSanitizers(config({ max_bytes: 100 })).filter(({ fires }) => !fires);
  expect(findings).toMatchObject(
    ['sanitize/size', 'sanitize/size/prompt', 'sanitize/size/resource'].map((about) => ({
      about,
      hint: 'Raise sanitize.max_bytes to 256 at least.',
    })),
  );
});

test.each([
  {},
  { secrets: 'report', personal_data: 'report', invisible: 'report', output_schema: 'report' },
  { max_bytes: 300 },
])('every part fires as configured: %j', (sanitize) => {
  const findings = checkSanitizers(config(sanitize));
  expect(findings.filter(({ fires }) => !fires)).toEqual([]);
  expect(new Set(findings.map(({ about }) => about.split('/')[1]))).toEqual(new Set(sanitizers.map(({ id }) => id)));
});

test('what is off has no probe', () => {
  const off = config({ secrets: 'off', personal_data: 'off', invisible: 'off', output_schema: 'off' });
  expect(new Set(checkSanitizers(off).map(({ about }) => about.split('/')[1]))).toEqual(
    new Set(['upstream-errors', 'allowed-members', 'script-links', 'size']),
  );
});
