import type { Config, Envelope, Finding, Guard, GuardPorts, Opinion, Probe } from '@sallyport/contracts';
import { judge, type BoundGuard } from './judge.ts';

export interface SelfCheckParts {
  readonly guards: readonly Guard[];
  readonly config: Config;
  /** Ports of a dry run: the real catalogue and policies, empty counters. Made again for each probe. */
  readonly dryRun: () => GuardPorts;
  /** Whether an upstream has said what it offers. */
  readonly hasSpoken: (upstream: string) => boolean;
}

/**
 * Sends a probe through every configured part of every guard, dry. A guard that is configured but never fires is worse
 * than none: what does not fire is a finding.
 *
 * @returns one finding per probe, in the order of the guards, but for those about tools that a starting upstream may yet offer;
 *   never throws
 */
export async function selfCheck({ guards, config, dryRun, hasSpoken }: SelfCheckParts): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const guard of guards) {
    for (const probe of probesOf(guard, dryRun(), config)) {
      if (probe.awaits !== undefined && !hasSpoken(probe.awaits)) continue;
      const ports = dryRun();
      findings.push(
        await fire(guard, probe, {
          id: guard.id,
          station: guard.station,
          grants: guard.grants,
          shadow: false,
          judge: guard.create(ports, probe.config ?? config),
        }),
      );
    }
  }
  return findings;
}

function probesOf(guard: Guard, ports: GuardPorts, config: Config): readonly Probe[] {
  try {
    return guard.probes(ports, config);
  } catch (error) {
    const hint = `The probe of ${guard.id} could not be made: ${String(error)}`;
    return [{ about: guard.id, envelopes: [], expects: { effect: 'deny' }, hint }];
  }
}

async function fire(guard: Guard, { about, envelopes, expects, hint }: Probe, asked: BoundGuard): Promise<Finding> {
  let last: Opinion | undefined;
  for (const envelope of envelopes) last = await lastVerdict(asked, envelope);
  const reason = last !== undefined && 'reason' in last ? last.reason : undefined;
  const fires = last?.effect === expects.effect && (expects.reason === undefined || expects.reason === reason);
  const detail =
    last === undefined ? 'nothing to send' : `answered ${last.effect}${reason === undefined ? '' : ` ${reason}`}`;
  return { about: about.startsWith(guard.id) ? about : `${guard.id}: ${about}`, fires, detail, hint };
}

async function lastVerdict(asked: BoundGuard, envelope: Envelope): Promise<Opinion | undefined> {
  const judged = await judge([asked], envelope);
  return judged.verdicts.at(-1);
}
