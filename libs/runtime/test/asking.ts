import { createSecretKey } from 'node:crypto';
import { createMemoryCounters } from '@sallyport/adapter-memory';
import { createApprovals } from '@sallyport/approvals';
import {
  type Call,
  configSchema,
  type Directory,
  type Envelope,
  type HoldVerdict,
  type Journal,
  type Release,
  type Vault,
} from '@sallyport/contracts';
import { approvalJudges } from '@sallyport/guards';
import { createAudit, createCoalescer, judge, type BoundGuard } from '@sallyport/pipeline';
import { sampleCall, sampleEnvelope } from '@sallyport/testing';
import { freshApprovals } from '../src/fresh-approvals.ts';
import { systemClock as clock, systemIds } from '../src/system.ts';

/** A journal as one process has it. */
export interface Opened {
  readonly journal: Journal;
  readonly directory: Directory;
  readonly vault: Vault;
}

export type Sent = Pick<Call, 'digest' | 'callId'> & { readonly about?: string };

/** Stations that judge and audits that write, over one journal, each knowing only what it wrote or read itself. */
export interface Processes {
  /** Sends a held call through a station and an audit, each time others. */
  send(sent: Sent): Promise<Release>;
  vote(approval: string, answer: 'approve' | 'reject'): Promise<boolean>;
  /** Statuses of all approvals, as a process sees them that reads everything again. */
  statuses(): Promise<readonly string[]>;
  /** Questions on record. */
  opened(): Promise<number>;
}

const ids = systemIds(clock);
const config = configSchema.parse({ upstreams: {} });
const { approvals: rules } = config;
const refuseAgainFor = (): number => rules.refuse_again_for;
const policy = { id: 'authorization', grants: true, station: 'authorization' } as const;
const held: HoldVerdict = {
  guard: 'authorization',
  effect: 'hold',
  reason: 'approval_required',
  requirements: [{ who: 'other', count: 1, group: null, ask: 'Sure?', rule: 'r' }],
};
const subject = { id: 'alice', issuer: 'development', roles: [] };
const voter = { subject: { ...subject, id: 'bob' }, client: null, expiresAt: null, scopes: [] };

/** Builds as many stations and audits as there are open journals. */
export function processes(opened: readonly Opened[], tenant: string): Processes {
  const stations = opened.map(station);
  const audits = opened.map(audit);
  const [first] = opened;
  if (first === undefined) throw new Error('one process at least');
  let turn = 0;

  const fresh = async () => {
    const approvals = createApprovals({ ...first, clock, ids, refuseAgainFor });
    await approvals.catchUp([tenant]);
    return approvals;
  };

  return {
    async send(sent) {
      const at = turn++;
      const judged = await judge(stations[at % stations.length] ?? [], envelopeOf(tenant, sent));
      const release = await audits[(at >> 1) % audits.length]?.release(judged);
      if (release === undefined) throw new Error('one audit at least');
      return release;
    },
    async vote(approval, answer) {
      const approvals = await fresh();
      const said = await approvals.vote({ principal: { ...voter, tenant }, approval, answer, channel: 'api' });
      return said.accepted;
    },
    statuses: async () => (await (await fresh()).list(tenant)).map(({ status }) => status),
    async opened() {
      const events = await first.journal.readAll(tenant, { after: 0, limit: 100_000, kind: 'approval' });
      return events.filter(({ type }) => type === 'approval.requested').length;
    },
  };
}

function station(opened: Opened): readonly BoundGuard[] {
  const approvals = freshApprovals(createApprovals({ ...opened, clock, ids, refuseAgainFor }));
  return approvalJudges({ approvals, clock, ids }, config);
}

function audit(opened: Opened) {
  const key = createSecretKey(Buffer.alloc(32, 7));
  const keys = { digestKey: () => key, sealKey: () => key.export() };
  const observer = { decided: () => undefined, finished: () => undefined, incident: () => undefined };
  const records = { ...opened, clock, ids, keys, observer };
  const approvals = createApprovals({ ...records, refuseAgainFor });
  const asked = approvalJudges({ approvals, clock, ids }, config);
  return createAudit({
    ...records,
    guards: [policy, ...asked],
    approvalJudges: asked,
    projection: approvals,
    counters: createMemoryCounters({ clock }),
    coalescer: createCoalescer(records),
    approvals: rules,
  });
}

function envelopeOf(tenant: string, { about = 'it', ...sent }: Sent): Envelope {
  const factsDigest = `sha256:${about.padEnd(43, '-')}`;
  return sampleEnvelope({ call: sampleCall({ tenant, subject, ...sent }), factsDigest, verdicts: [held] });
}
