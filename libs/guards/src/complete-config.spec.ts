import { configSchema } from '@sallyport/contracts';
import { z } from 'zod';
import { fixture } from './cases/fixture.ts';
import { completeConfigSchema, withSections } from './complete-config.ts';
import { defineGuard } from './define-guard.ts';
import { guards } from './guards.ts';
import { deny, pass } from './opinions.ts';
import { noSuchTool, probeEnvelope } from './probe-envelope.ts';
import { sameSettings, settingsOf } from './settings-digest.ts';

const parts = { station: 'gateway', grants: false, reasons: ['closed'], reads: [], probes: () => [] } as const;
const hours = defineGuard({
  ...parts,
  id: 'hours',
  config: { hours: z.strictObject({ opens: z.int().default(6) }).prefault({}) },
  create: (_, { hours: { opens } }) =>
    function hours({ call }) {
      return new Date(call.receivedAt).getUTCHours() < opens ? deny('closed', `Try again after ${opens}:00.`) : pass();
    },
});
const schema = withSections([...guards, hours]);
const written = (section: object) => schema.safeParse({ upstreams: {}, hours: section });

test('a section that a guard has for itself refuses what its schema does not know', () => {
  expect(written({ opens: 'early' }).error?.issues).toMatchObject([{ path: ['hours', 'opens'] }]);
  expect(written({ closes: 8 }).error?.issues).toMatchObject([{ path: ['hours'], keys: ['closes'] }]);
  expect(completeConfigSchema.safeParse({ upstreams: {}, hours: {} }).error?.issues).toMatchObject([
    { keys: ['hours'] },
  ]);
});

test('a section can’t have the name of one that there is', () => {
  expect(() => withSections([{ id: 'x', config: { approvals: z.string() } }])).toThrow('overwrite');
  expect(() => withSections([hours, { id: 'x', config: { hours: z.string() } }])).toThrow(
    'x: another guard brings hours',
  );
});

test('two guards may share a section', () => {
  expect(withSections([hours, { ...hours, id: 'x' }]).parse({ upstreams: {} })).toMatchObject({
    hours: { opens: 6 },
  });
});

test('what holds for several sections together still does', () => {
  const small = { upstreams: {}, http: { body_bytes_per_subject: 1 } };
  expect(schema.safeParse(small).error?.issues).toEqual(configSchema.safeParse(small).error?.issues);
});

test('two programs with different sections have the guard configured differently, and no other', () => {
  const [usual, other] = [schema.parse({ upstreams: {} }), schema.parse({ upstreams: {}, hours: { opens: 8 } })];
  expect(usual).toMatchObject({ hours: { opens: 6 } });
  const [one, two] = [settingsOf([...guards, hours], usual), settingsOf([...guards, hours], other)];
  expect(Object.keys(one).filter((id) => one[id] !== two[id])).toEqual(['hours']);
  expect(sameSettings(one, two)).toBe(false);
});

test('a guard judges by its own section, which is typed, and sees no other guard’s', async () => {
  const judge = hours.create(fixture().ports, schema.parse({ upstreams: {}, hours: { opens: 1 } }));
  expect(await judge(probeEnvelope({ tool: noSuchTool }))).toMatchObject({ advice: 'Try again after 1:00.' });
  // @ts-expect-error opens is a number
  defineGuard({ ...parts, id: 'x', config: { x: z.object({ opens: z.int() }) }, create: (_, { x }) => x.opens.trim() });
  // @ts-expect-error it has none
  defineGuard({ ...parts, id: 'x', create: (_, { x }) => x });
});
