import { dryRunTenants } from '@sallyport/tenants';
import { fixture } from '../cases/fixture.ts';
import { probeEnvelope } from '../probe-envelope.ts';
import { killSwitch } from './kill-switch.guard.ts';

const tool = { upstream: 'orders', name: 'cancel_order', digest: null };

test('switches that can’t be asked are for the judge loop, which denies', () => {
  const { ports, config } = fixture();
  const broken = {
    ...ports,
    switches: {
      stopping: () => {
        throw new Error('bug');
      },
    },
  };
  expect(() => killSwitch.create(broken, config)(probeEnvelope({ tool }))).toThrow('bug');
});

test.each(['tool', 'prompt', 'resource'] as const)('says what is switched off: a %s', (kind) => {
  const { ports, config } = fixture();
  const stopping = () => ({ what: 'tool', name: 'orders/*', of: null }) as const;
  const envelope = probeEnvelope({ tool });
  const called = { ...envelope, call: { ...envelope.call, target: { kind, name: 'a' } } };
  const advice = `This ${kind} is switched off. Do without it.`;
  expect(killSwitch.create({ ...ports, switches: { stopping } }, config)(called)).toMatchObject({ advice });
});

test('each probe is refused by a registry in which what it names is switched off, and no other call', () => {
  const { ports, config } = fixture();
  const judge = killSwitch.create({ ...ports, switches: dryRunTenants() }, config);
  for (const { envelopes, expects } of killSwitch.probes(ports, config))
    expect(envelopes.map(judge)).toEqual([expect.objectContaining(expects)]);
  expect(judge(probeEnvelope({ tool }))).toEqual({ effect: 'pass' });
});
