import type { Config, Envelope, Finding, Guard, GuardPorts, Opinion, Probe } from '@sallyport/contracts';
import { judge, type Seat } from './judge.ts';

export interface SelfCheckParts {
  readonly guards: readonly Guard[];
  readonly config: Config;
  /** Ports of a rehearsal: the real catalogue and policies, empty counters. Made anew for each probe. */
  readonly rehearsal: () => GuardPorts;
}

/**
 * Sends a probe through every configured part of every guard, dry. A guard that is configured but never fires is worse
 * than none: what does not fire is a finding.
 *
 * @returns one finding per probe, in the order of the guards; never throws
 */
export async function selfCheck({ guards, config, rehearsal }: SelfCheckParts): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const guard of guards) {
    for (const probe of probesOf(guard, rehearsal(), config)) {
      const ports = rehearsal();
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

async function fire(guard: Guard, { about, envelopes, expects, hint }: Probe, seat: Seat): Promise<Finding> {
  let last: Opinion | undefined;
  for (const envelope of envelopes) last = await lastVerdict(seat, envelope);
  const reason = last !== undefined && 'reason' in last ? last.reason : undefined;
  const fires = last?.effect === expects.effect && (expects.reason === undefined || expects.reason === reason);
  const detail =
    last === undefined ? 'nothing to send' : `answered ${last.effect}${reason === undefined ? '' : ` ${reason}`}`;
  return { about: about.startsWith(guard.id) ? about : `${guard.id}: ${about}`, fires, detail, hint };
}

async function lastVerdict(seat: Seat, envelope: Envelope): Promise<Opinion | undefined> {
  const judged = await judge([seat], envelope);
  return judged.verdicts.at(-1);
}
