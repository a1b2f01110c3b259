import type { RecordedEvent } from '../builders/recorded-event.ts';

/** What one run of an instance left on record, with all that two runs can't have in common taken out. */
export type NormalRecord = Readonly<Record<string, readonly string[]>>;

/** Members that tell of time or of the wiring: another run, and another way to carry calls, have others. */
const left: ReadonlySet<string> = new Set([
  ...['elapsed_us', 'config', 'decide_by', 'remaining', 'reset_ms', 'at'],
  'system', // upstreams are met all at once, so the last of their definitions is at another place each time
]);
/** Texts that are random or keyed: what matters is where the same one comes again. */
const named =
  /^((sub|cli|res|ses|flw)_[A-Za-z0-9_-]{8,}|(hmac-)?sha256:[A-Za-z0-9_-]{43}|[0-9A-HJKMNP-TV-Z]{26}|A-[0-9A-Z]{6})$/;

/** Also within a longer text, such as what an administrative act was about. */
const approvalId = /\bA-[0-9A-HJKMNP-TV-Z]{6}\b/g;

/** When it is written depends on when it is looked for. */
const onATimer = 'calls.swept';

/**
 * Renames ids, digests and pseudonyms in the order in which they come, takes times out, and gives each stream's events in
 * their order. Two runs of the same scenario are equal then.
 */
export function normalRecord(events: readonly RecordedEvent[]): NormalRecord {
  const names = new Map<string, string>();
  const name = (text: string, kind: string): string => {
    const known = names.get(text) ?? `${kind}#${names.size + 1}`;
    names.set(text, known);
    return known;
  };

  function plain(value: unknown, key = ''): unknown {
    if (Array.isArray(value)) return value.map((one) => plain(one));
    if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value).filter(([member]) => !left.has(member));
      return Object.fromEntries(members.map(([member, one]) => [member, plain(one, member)]));
    }
    if (typeof value !== 'string') return value;
    if (key === 'boot') return name(value, 'boot');
    return named.test(value) ? name(value, 'name') : value.replace(approvalId, (id) => name(id, 'name'));
  }

  const streams = new Map<string, string[]>();
  for (const { tenant, stream, type, data } of inOrder(events)) {
    const [kind = '', ...rest] = stream.split('/');
    const id = rest.join('/');
    const stable = kind === 'definition' || kind === 'tenant' || kind === 'policy' ? id : name(id, 'name');
    const place = `${tenant} ${kind}/${stable}`;
    streams.set(place, [...(streams.get(place) ?? []), `${type} ${JSON.stringify(plain(data))}`]);
  }
  return Object.fromEntries([...streams].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Tenants in the order of their logs; then what concerns Sallyport, by stream, since upstreams are met all at once. */
function inOrder(all: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const events = all.filter(({ type }) => type !== onATimer);
  const ofSystem = events.filter(({ tenant }) => tenant === '_system');
  const others = events.filter(({ tenant }) => tenant !== '_system');
  return [
    ...others,
    ...ofSystem.toSorted((one, other) => (one.stream < other.stream ? -1 : Number(one.stream > other.stream))),
  ];
}
