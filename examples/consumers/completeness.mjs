// @ts-check
// Tells whether a consumer has everything. Records of a tenant are numbered 1, 2, 3, … without a gap, so a number that
// never came is a record that is missing. The feed may send one twice, and after a failure a few again from further back.

/** @typedef {{ from: number, to: number }} Range both ends are in it */
/** @typedef {{ tenant: string, records: number, first: number, last: number, missing: Range[] }} TenantReport */
/** @typedef {{ first: number, next: number, records: number, missing: Range[] }} Log */

/**
 * Keeps count of sequence numbers by tenant.
 *
 * @param {{ fromStart: boolean }} options `fromStart`: every log is wanted from its first record; otherwise each is
 *   wanted from the first record that came
 */
export function createCompleteness({ fromStart }) {
  /** @type {Map<string, Log>} */
  const logs = new Map();

  return {
    /**
     * Takes note of a record.
     *
     * @param {string} tenant
     * @param {number} sequence
     * @returns {boolean} false for one that came before: a duplicate, to be ignored
     */
    take(tenant, sequence) {
      let log = logs.get(tenant);
      if (!log) {
        const first = fromStart ? 1 : sequence;
        log = { first, next: first, records: 0, missing: [] };
        logs.set(tenant, log);
      }
      const fresh = sequence >= log.next ? append(log, sequence) : fill(log, sequence);
      if (fresh) log.records += 1;
      return fresh;
    },

    /** @returns {TenantReport[]} sorted by tenant */
    report() {
      return [...logs]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([tenant, { first, next, records, missing }]) => ({ tenant, records, first, last: next - 1, missing }));
    },
  };
}

/** @param {Log} log @param {number} sequence */
function append(log, sequence) {
  if (sequence > log.next) log.missing.push({ from: log.next, to: sequence - 1 });
  log.next = sequence + 1;
  return true;
}

/** @param {Log} log @param {number} sequence */
function fill(log, sequence) {
  const at = log.missing.findIndex(({ from, to }) => from <= sequence && sequence <= to);
  const gap = log.missing[at];
  if (!gap) return false;
  const rest = [
    { from: gap.from, to: sequence - 1 },
    { from: sequence + 1, to: gap.to },
  ];
  log.missing.splice(at, 1, ...rest.filter(({ from, to }) => from <= to));
  return true;
}

/**
 * One line: `shop: complete, 25 records, 1 to 25`, or `shop: INCOMPLETE, 24 records, 1 to 25, missing 13`.
 *
 * @param {TenantReport} report
 */
export function lineOf({ tenant, records, first, last, missing }) {
  const state = missing.length === 0 ? 'complete' : 'INCOMPLETE';
  const named = missing.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  const lacking = named.length === 0 ? '' : `, missing ${named.join(' ')}`;
  return `${tenant}: ${state}, ${records} records, ${first} to ${last}${lacking}`;
}
