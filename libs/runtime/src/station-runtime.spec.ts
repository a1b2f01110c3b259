import { jest } from '@jest/globals';
import { createMemoryCounters, createMemoryJournal } from '@sallyport/adapter-memory';
import { type Counters, type Envelope, toolTarget } from '@sallyport/contracts';
import { guards, settingsOf } from '@sallyport/guards';
import { sampleCall, sampleEnvelope } from '@sallyport/testing';
import { ABOUT_RUN, type Files, makeFiles, makeParts, OPEN, watching } from '../test/fixture.ts';
import { declaredIn } from './declared.ts';
import { createStationRuntime, type StationRuntime } from './station-runtime.ts';
import { systemClock } from './system.ts';

const LIMIT = { id: 'calls', per: ['subject'], rate: '1/min', store_down: 'deny' };

describe('a station', () => {
  let files: Files;
  let stored: ReturnType<typeof createMemoryJournal>;
  let lines: string[];

  beforeEach(() => {
    files = makeFiles(ABOUT_RUN);
    stored = createMemoryJournal();
    lines = [];
  });
  afterEach(() => files.remove());

  const line = (text: string): void => void lines.push(text);
  const logger = { debug: line, info: line, warn: line, error: line, level: 'info' as const };

  async function start({ counters = null as Counters | null } = {}): Promise<StationRuntime> {
    const loaded = await files.load();
    return createStationRuntime({ ...stored, loaded, counters, logger, observer: watching() });
  }

  /** A gateway records what `up` offers, which is approved at first use. */
  async function approve(...names: readonly string[]): Promise<void> {
    const gateway = makeParts(stored.journal);
    gateway.definitions.configure(declaredIn((await files.load()).config));
    await gateway.definitions.catchUp();
    await gateway.offer(...names);
    await gateway.definitions.settle();
  }

  const callOf = (policy: string | null, settings: Envelope['settings'] = {}): Envelope =>
    sampleEnvelope({ call: sampleCall({ upstream: 'up', target: toolTarget('run') }), policy: policy ?? '', settings });
  const saidOf = ({ verdicts }: Envelope) =>
    verdicts.map((verdict) => [verdict.guard, 'reason' in verdict ? verdict.reason : verdict.effect]);

  it('refuses every call while its policies can’t be compiled, and says why, once', async () => {
    files.policy(ABOUT_RUN.replace('up/run', 'nowhere/run'));
    const station = await start();
    expect(saidOf(await station.judge('authorization', callOf(null)))).toEqual([['authorization', 'not_ready']]);
    expect([station.policy(), station.has('authorization', settingsOf(guards, (await files.load()).config))]).toEqual([
      null,
      false,
    ]);
    const [policies] = station.checks();
    expect(policies).toMatchObject({ name: 'policies', ok: false });
    expect(policies?.detail).toContain('nowhere/run');
    await station.follow();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('no call can be judged yet');
  });

  it('judges once the tool is on record as approved', async () => {
    const station = await start();
    await approve('run');
    await station.follow();
    expect(station.checks()).toEqual([
      { name: 'policies', ok: true, detail: 'in force' },
      { name: 'configuration', ok: true, detail: 'the files as they are now' },
    ]);
    const { verdicts } = await station.judge('authorization', callOf(station.policy()));
    expect(verdicts).toMatchObject([{ guard: 'authorization', effect: 'deny', reason: 'forbidden', rules: ['never'] }]);
  });

  it('says why files that changed are not in force, until some are', async () => {
    const station = await start();
    await approve('run');
    await station.follow();
    const configuration = () => station.checks().find(({ name }) => name === 'configuration');
    files.policy('permit (');
    await station.take(await files.load());
    expect(configuration()).toMatchObject({ ok: true, detail: expect.stringContaining('main.cedar') });
    station.reject([{ file: files.file, line: 3, column: 1, message: 'is no YAML', hint: '' }]);
    expect(configuration()?.detail).toMatch(/the last good configuration is in force.*sallyport.yaml:3.*is no YAML/);
    files.policy(OPEN);
    await station.take(await files.load());
    expect(configuration()?.detail).toBe('the files as they are now');
  });

  it('refuses a call that was begun with other policies', async () => {
    files.policy(OPEN);
    await approve('run');
    const station = await start();
    expect(saidOf(await station.judge('authorization', callOf(station.policy())))).toEqual([
      ['authorization', 'allow'],
    ]);
    expect(saidOf(await station.judge('authorization', callOf(`sha256:${'B'.repeat(43)}`)))).toEqual([
      ['authorization', 'policy_missing'],
    ]);
  });

  it('reads the record before it judges a call of a tool that it has not heard of', async () => {
    files.policy(OPEN);
    const station = await start();
    await approve('run');
    expect(saidOf(await station.judge('authorization', callOf(station.policy())))).toEqual([
      ['authorization', 'allow'],
    ]);
  });

  it('reads the record for no call of a tool that the gateway has not heard of either', async () => {
    files.policy(OPEN);
    const station = await start();
    const readAll = jest.spyOn(stored.journal, 'readAll');
    const { call, ...envelope } = callOf(station.policy());
    await station.judge('authorization', { ...envelope, call: { ...call, definition: null } });
    expect(readAll).not.toHaveBeenCalled();
    await station.judge('authorization', { ...envelope, call });
    expect(readAll).toHaveBeenCalled();
  });

  it('keeps the last good policies when it is given others that can’t be compiled', async () => {
    files.policy(OPEN);
    const station = await start();
    const before = station.policy();
    files.policy('permit (');
    expect(await station.take(await files.load())).toMatchObject([{ line: 1 }]);
    expect([station.policy(), station.checks()[0]?.ok]).toEqual([before, true]);
  });

  it('is not configured as a gateway that read another file, until it takes that file', async () => {
    files.policy(OPEN);
    const station = await start();
    files.write({ limits: [LIMIT] });
    const next = await files.load();
    const wanted = settingsOf(guards, next.config);
    expect(station.has('rate-limit', wanted)).toBe(false);
    expect(await station.take(next)).toEqual([]);
    expect(station.has('rate-limit', wanted)).toBe(true);
  });

  it('has no counters where it hosts no limits: a limit refuses', async () => {
    files.policy(OPEN);
    files.write({ limits: [LIMIT] });
    const without = await start();
    expect(saidOf(await without.judge('rate-limit', callOf(null)))[0]).toEqual(['limits', 'limits_unavailable']);
    const station = await start({ counters: createMemoryCounters({ clock: systemClock }) });
    expect(station.checks().map(({ name }) => name)).toEqual(['policies', 'configuration', 'budgets']);
    expect(saidOf(await station.judge('rate-limit', callOf(null)))[0]).toEqual(['limits', 'pass']);
  });
});
