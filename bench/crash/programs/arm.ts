import type { Served } from '@sallyport/wiring';

/** The places in the life of a call at which an instance is killed, in their order. */
export const steps = [
  'before decide commit',
  'during decide commit',
  'after decide commit',
  'before send',
  'at the write',
  'while the upstream works',
  'after send',
  'before outcome commit',
  'during outcome commit',
  'after outcome commit',
  'before answer',
  'after spool',
] as const;
export type Step = (typeof steps)[number];

type Reached = (step: Step) => void;

/**
 * Wraps the ports of an instance that serves, so that it kills itself when the nth call reaches a step. The product has no
 * such hooks: its ports are objects, and these are its own ones.
 */
export function arm({ stores, runtime }: Served, step: Step, nth: number): void {
  let seen = 0;
  const reached: Reached = (here) => {
    if (here === step && (seen += 1) === nth) process.kill(process.pid, 'SIGKILL');
  };
  armJournal(stores.journal, reached, step === 'after spool');
  armSpool(stores.spool, reached);
  armCounters(stores.counters, reached);
  for (const upstream of runtime.upstreams.all.values()) armUpstream(upstream, reached);
}

function armJournal(journal: Served['stores']['journal'], reached: Reached, losesOutcomes: boolean): void {
  const commit = journal.commit.bind(journal);
  journal.commit = async (request) => {
    const [kind = ''] = request.commandId.split('/');
    const what = kind === 'decided' ? 'decide' : kind === 'outcome' ? 'outcome' : null;
    if (what === null) return commit(request);
    if (losesOutcomes && what === 'outcome') throw new Error('the journal does not take outcomes in this test');
    reached(`before ${what} commit`);
    const pending = commit(request);
    setImmediate(() => setImmediate(() => reached(`during ${what} commit`))); // the first one posts it to the writer
    const committed = await pending;
    reached(`after ${what} commit`);
    return committed;
  };
}

function armSpool(spool: Served['stores']['spool'], reached: Reached): void {
  const append = spool.append.bind(spool);
  spool.append = async (commit) => {
    await append(commit);
    reached('after spool');
  };
}

/** What a call held while it ran is given back between its outcome and its answer. */
function armCounters(counters: Served['stores']['counters'], reached: Reached): void {
  const settle = counters.settle.bind(counters);
  counters.settle = async (tenant, id, outcome) => {
    await settle(tenant, id, outcome);
    if (outcome === 'finished') reached('before answer');
  };
}

type Upstream = Served['runtime']['upstreams']['all'] extends ReadonlyMap<string, infer Value> ? Value : never;

function armUpstream(upstream: Upstream, reached: Reached): void {
  const send = upstream.send.bind(upstream);
  upstream.send = async (call, options) => {
    reached('before send');
    const beforeWrite = (): boolean => {
      reached('at the write');
      const may = options.beforeWrite();
      if (may) setImmediate(() => setImmediate(() => reached('while the upstream works')));
      return may;
    };
    const outcome = await send(call, { ...options, beforeWrite });
    reached('after send');
    return outcome;
  };
}
