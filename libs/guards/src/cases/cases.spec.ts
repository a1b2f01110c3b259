import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMemoryCounters } from '@sallyport/adapter-memory';
import type { Counters, Guard, JsonObject, LimitCheck } from '@sallyport/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { argumentFacts, guards, probeEnvelope } from '../index.ts';
import { probeCallId } from '../probe-envelope.ts';
import { DEFINITION, fixture, type FixtureInput, POLICY, storeDown } from './fixture.ts';

const here = dirname(fileURLToPath(import.meta.url));
const source = dirname(here);

interface Case {
  readonly name: string;
  readonly fixture?: FixtureInput & { readonly store?: 'up' | 'down' };
  readonly call?: JsonObject & { facts?: object; verdicts?: [] };
  readonly before?: number;
  readonly expect: { readonly effect: string };
}

/** Reads a file of cases and holds it to its schema, so that a misspelt key is not a case that tests nothing. */
function read<T>(file: string, schemaFile: string): T {
  const schema = JSON.parse(readFileSync(join(here, schemaFile), 'utf8')) as object;
  const value: unknown = parse(readFileSync(file, 'utf8'), { merge: true });
  const validate = new Ajv2020({ strict: false }).compile<T>(schema);
  if (!validate(value)) throw new Error(`${file}: ${JSON.stringify(validate.errors)}`);
  return value;
}

const clock = { now: () => 1_000_000, monotonic: () => 1_000_000 };

function countersOf({ fixture: { store } = {} }: Case): Counters {
  return store === 'down' ? storeDown : createMemoryCounters({ clock });
}

async function judged(guard: Guard, given: Case, counters = countersOf(given)) {
  const { fixture: input = {}, call = {}, before = 0 } = given;
  const { ports, config } = fixture({ ...input, counters });
  const judge = guard.create(ports, config);
  const tool = { upstream: 'orders', name: 'cancel_order', digest: DEFINITION };
  for (let at = 0; at < before; at++) {
    const callId = probeCallId(at);
    await judge(probeEnvelope({ tool, policy: POLICY, ...call, callId }));
    await counters.settle('self-check', `${callId}/${guard.id}`, 'allowed');
  }
  return judge(probeEnvelope({ tool, policy: POLICY, ...call, callId: probeCallId(before) }));
}

for (const guard of guards as readonly Guard[]) {
  describe(guard.id, () => {
    const file = join(source, guard.id, `${guard.id}.cases.yaml`);
    const { guard: id, cases } = read<{ guard: string; cases: readonly Case[] }>(file, 'cases.schema.json');

    test('its cases are its own, and the first is a refusal', () => {
      expect(id).toBe(guard.id);
      expect(['deny', 'hold']).toContain(cases[0]?.expect.effect);
    });

    test('every reason that it declares is given in some case', () => {
      const given = new Set(cases.map(({ expect: expected }) => ('reason' in expected ? expected.reason : null)));
      expect(guard.reasons.filter((reason) => !given.has(reason))).toEqual([]);
    });

    test('its sections of the configuration may be left out', () => {
      const needed = Object.entries(guard.config ?? {}).filter(([, schema]) => !schema.safeParse(undefined).success);
      expect(needed.map(([key]) => key)).toEqual([]);
    });

    test('it says what it reserves, or that would not be settled', async () => {
      const reserved: LimitCheck[] = [];
      for (const each of cases) {
        const real = countersOf(each);
        const reserve: Counters['reserve'] = (request) => {
          expect(request.id).toMatch(new RegExp(`/${guard.id}$`));
          reserved.push(...request.limits);
          return real.reserve(request);
        };
        await judged(guard, each, { reserve, settle: real.settle.bind(real), restore: real.restore.bind(real) });
      }
      const leases = reserved.some(({ kind }) => kind === 'concurrent');
      expect(guard.reserves).toBe(leases ? 'leases' : reserved.length > 0 ? 'charges' : undefined);
    });

    test.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
      expect(await judged(guard, each)).toMatchObject(each.expect);
    });
  });
}

test('each guard has a folder with its definition, cases and README', () => {
  for (const { id } of guards) {
    expect(readdirSync(join(source, id))).toEqual(
      expect.arrayContaining([`${id}.guard.ts`, `${id}.cases.yaml`, 'README.md']),
    );
  }
});

interface FactCase {
  readonly name: string;
  readonly resources?: readonly string[];
  readonly arguments: JsonObject;
  readonly bulk?: number;
  readonly ids?: readonly string[];
  readonly wildcards?: readonly string[];
  readonly unbounded?: readonly string[];
  readonly depth?: number;
}

describe('what arguments tell', () => {
  const file = join(source, 'argument-facts.cases.yaml');
  const { resources, cases } = read<{ resources: readonly string[]; cases: readonly FactCase[] }>(
    file,
    'argument-facts.schema.json',
  );
  test.each(cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const rules = (each.resources ?? resources).map((argument) => ({ argument, type: 'Order' }));
    const facts = argumentFacts(each.arguments, { resources: rules });
    expect(facts).toMatchObject({
      bulk: each.bulk ?? 1,
      wildcards: each.wildcards ?? [],
      unbounded: each.unbounded ?? [],
      ...(each.depth === undefined ? {} : { depth: each.depth }),
    });
    if (each.ids !== undefined) expect(facts.objects.map(({ id }) => id)).toEqual(each.ids);
    expect(facts.bytes).toBeGreaterThan(1);
  });
});
