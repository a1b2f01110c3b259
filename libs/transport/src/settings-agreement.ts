import type { Digest, Envelope, Guard } from '@sallyport/contracts';

type Role = Pick<Guard, 'id' | 'station'>;
type Settings = Readonly<Record<string, Digest>>;

/** A guard that programs have configured differently: what each of them has, and which of them lag, where that is known. */
export interface Disagreement {
  readonly guard: string;
  /** Digests by program; null for a program that named none. */
  readonly programs: Readonly<Record<string, Digest | null>>;
  readonly lags: readonly string[];
}

/** Compares what the programs that judged a call are configured with. */
export interface SettingsAgreement {
  /**
   * @param own what this program has guards configured with
   * @returns the first guard that the gateway, its station and this program do not have alike; null if there is none
   */
  compare(envelope: Pick<Envelope, 'settings' | 'verdicts'>, own: Settings): Disagreement | null;
}

/**
 * Builds the comparison. It remembers which configurations the programs had in common: one that they never had, or had
 * later than another, is newer, and who has the other one lags.
 */
export function createSettingsAgreement(guards: readonly Role[]): SettingsAgreement {
  /** By guard, the configurations that all had, the latest last. */
  const agreed = new Map<string, readonly Digest[]>();

  function lagging(guard: string, programs: Disagreement['programs']): readonly string[] {
    const known = agreed.get(guard) ?? [];
    const age = (digest: Digest | null): number => {
      const at = known.findLastIndex((one) => one === digest);
      return at < 0 ? Number.POSITIVE_INFINITY : at;
    };
    const newest = Math.max(...Object.values(programs).map(age));
    return Object.keys(programs).filter((name) => age(programs[name] ?? null) < newest);
  }

  function agree(guard: string, digest: Digest): void {
    const known = agreed.get(guard) ?? [];
    if (known.at(-1) !== digest) agreed.set(guard, [...known.filter((one) => one !== digest), digest].slice(-mostKept));
  }

  return {
    compare(envelope, own) {
      for (const guard of guards) {
        const programs = programsOf(guard, envelope, own);
        const [first, ...others] = Object.values(programs);
        if (first == null || others.some((one) => one !== first))
          return { guard: guard.id, programs, lags: lagging(guard.id, programs) };
        agree(guard.id, first);
      }
      return null;
    },
  };
}

/** Configurations of a guard that are remembered. */
const mostKept = 16;

/** A guard that was not asked, after a deny or without a hold, has nothing to say of itself. */
function programsOf(
  { id, station }: Role,
  { settings, verdicts }: Pick<Envelope, 'settings' | 'verdicts'>,
  own: Settings,
): Disagreement['programs'] {
  const verdict = verdicts.find(({ guard }) => guard === id);
  return {
    gateway: settings[id] ?? null,
    ...(verdict === undefined ? {} : { [station]: verdict.settings ?? null }),
    audit: own[id] ?? null,
  };
}

/** For the log: every program and its digest, and which lag. */
export function disagreementText({ guard, programs, lags }: Disagreement): string {
  const each = Object.entries(programs).map(([name, digest]) => `${name} has ${digest ?? 'none'}`);
  const behind = lags.length === 0 ? '' : `; behind: ${lags.join(', ')}`;
  return `guard ${guard}: ${each.join(', ')}${behind}`;
}
