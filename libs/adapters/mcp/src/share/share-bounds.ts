import type { UpstreamConfig, UpstreamParts } from '@sallyport/contracts';

/** How many sessions or programs callers may have at one upstream, and for how long. */
export interface ShareBounds {
  /** In all. */
  readonly max: number;
  /** In use for one tenant at the same time. */
  readonly perTenant: number;
  /** Kept for one subject. */
  readonly perSubject: number;
  /** Milliseconds without a call after which one is ended. */
  readonly idleMs: number;
}

/** Programs are dear; of sessions one subject has no more than it may have with us. */
const programs = { max: 20, perSubject: 3, idleMs: 300_000 };
const sessionsPerSubject = 64;

/** As the configuration says. Where it doesn't, no subject has more than half; no tenant uses more than three quarters. */
export function shareBounds(config: UpstreamConfig | UpstreamParts): ShareBounds {
  if ('url' in config)
    return bounds(config.max_sessions, config.max_sessions_per_subject, sessionsPerSubject, config.idle);
  const { max_programs = programs.max, max_programs_per_subject, idle = programs.idleMs } = config;
  return bounds(max_programs, max_programs_per_subject, programs.perSubject, idle);
}

function bounds(max: number, perSubject: number | undefined, usual: number, idleMs: number): ShareBounds {
  const perTenant = Math.ceil((max * 3) / 4);
  return { max, perTenant, perSubject: perSubject ?? Math.min(usual, Math.ceil(max / 2)), idleMs };
}
