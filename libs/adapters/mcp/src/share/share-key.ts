import type { Caller, Share } from '@sallyport/contracts';

/** What shares one session or program. */
export interface ShareKey {
  readonly text: string;
  /** Null where it is not one tenant's. */
  readonly tenant: string | null;
  /** The client session that has it alone; null where there is none. */
  readonly session: string | null;
  /** In whose share it counts: the subject's that has it, or else all who share it. */
  readonly holder: string;
}

/**
 * The key under which a call finds its session or program. It is made of what the verified token says, and of the id that
 * we gave a client's session: nothing of it is the client's choice.
 */
export function shareKey(share: Share, { tenant, issuer, subject }: Caller, session: string | null = null): ShareKey {
  const one = [tenant, issuer, subject];
  const by = { all: [], tenant: [tenant], subject: one }[share];
  return {
    text: JSON.stringify([by, session]),
    tenant: share === 'all' && session === null ? null : tenant,
    session,
    holder: JSON.stringify(session === null ? by : one),
  };
}
