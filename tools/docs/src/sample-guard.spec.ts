import { stripTypeScriptTypes } from 'node:module';
import { configSchema, type Guard, type GuardPorts } from '@sallyport/contracts';
import { defineGuard, deny, noSuchTool, pass, probeEnvelope } from '@sallyport/guards';
import { selfCheck } from '@sallyport/pipeline';
import { fencesOf } from './markdown.ts';
import { read } from './tree.ts';

const parts = { defineGuard, deny, pass, noSuchTool, probeEnvelope };

/** The guard that CONTRIBUTING.md shows, made from its text. */
function sampleGuard(): Guard {
  const text = fencesOf(read('CONTRIBUTING.md')).find(({ info }) => info[0] === 'ts')?.text ?? '';
  const body = stripTypeScriptTypes(text)
    .replaceAll(/^import .*$/gm, '')
    .replace('export const', 'const');
  const make = new Function(...Object.keys(parts), `${body}; return quietHours;`) as (...given: unknown[]) => Guard;
  return make(...Object.values(parts));
}

const config = configSchema.parse({ upstreams: {} });
const ports = { catalog: { find: () => undefined, all: () => [], version: 0 } } as Partial<GuardPorts> as GuardPorts;

async function effectAt(time: string): Promise<string> {
  const envelope = probeEnvelope({ tool: noSuchTool });
  const call = { ...envelope.call, receivedAt: Date.parse(time) };
  return (await sampleGuard().create(ports, config)({ ...envelope, call })).effect;
}

describe('the guard in CONTRIBUTING.md', () => {
  it('refuses at night and passes by day', async () => {
    expect(await effectAt('2026-11-25T23:00:00Z')).toBe('deny');
    expect(await effectAt('2026-11-25T12:00:00Z')).toBe('pass');
  });

  it('is seen to fire by the self-check', async () => {
    const findings = await selfCheck({ guards: [sampleGuard()], config, dryRun: () => ports, hasSpoken: () => true });
    expect(findings.map(({ about, fires }) => [about, fires])).toEqual([['quiet-hours/night', true]]);
  });
});
