import { parseArgs } from 'node:util';

export interface Options {
  readonly json: boolean;
  readonly quick: boolean;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmUp: number;
  /** Calls before memory is looked at again; 0 leaves it out. */
  readonly memoryCalls: number;
  /** Only the rows that the aims are about. */
  readonly few: boolean;
  /** Writes a CPU profile of the guarded row into this folder and prints where its time goes. */
  readonly profile: string | null;
  /** Sallyport as services against a bare ring of as many hops; needs a container engine. */
  readonly distributed: boolean;
  /** Sallyport as services at rest, with so many tenants; null leaves it out. Needs a container engine. */
  readonly idle: number | null;
}

export const usage = `npm run bench -- [options]
  --few             only direct, hop, floor, floor2, guarded, write: the rows that the aims are about
  --quick           3 rounds of 300 ms and memory over 5,000 calls, for 11 of 600 ms and 100,000 calls
  --rounds N        how often each row has its turn
  --slice MS        how long a turn lasts, by 1 caller and by 32
  --memory CALLS    calls before memory is looked at again; 0 leaves memory out
  --json            one JSON object in place of the table
  --profile FOLDER  a CPU profile of the guarded row, and its busiest functions, in place of the table
  --distributed     the services against a bare ring, in containers, in place of the table
  --idle TENANTS    the services at rest, without tenants and with so many, in containers, in place of the table
  --help            this text`;

/** What is measured where no number is given. */
const presets = {
  quick: { rounds: '3', slice: '300', memory: '5000', warmUp: 2_000 },
  whole: { rounds: '11', slice: '600', memory: '100000', warmUp: 8_000 },
};

/** Flags that mean nothing where the first one is given. */
const unheard = [
  ['idle', ['few', 'quick', 'rounds', 'slice', 'memory', 'profile', 'distributed']],
  ['distributed', ['few', 'memory', 'profile']],
  ['profile', ['few', 'memory', 'json']],
] as const;

const flags = {
  help: { type: 'boolean' },
  json: { type: 'boolean' },
  quick: { type: 'boolean' },
  few: { type: 'boolean' },
  distributed: { type: 'boolean' },
  rounds: { type: 'string' },
  slice: { type: 'string' },
  memory: { type: 'string' },
  profile: { type: 'string' },
  idle: { type: 'string' },
} as const;

/**
 * @returns null where only the usage is asked for
 * @throws for an unknown flag, a value that is no number, or a flag that would be left unheard
 */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({ args: [...args], options: flags });
  if (values.help) return null;
  refuseUnheard(values);
  const { json = false, quick = false, few = false, distributed = false, profile = null } = values;
  const { rounds, slice, memory, warmUp } = { ...presets[quick ? 'quick' : 'whole'], ...values };
  return {
    json,
    quick,
    few,
    distributed,
    profile,
    idle: values.idle === undefined ? null : whole('idle', values.idle, 1),
    rounds: whole('rounds', rounds, 1),
    sliceMs: whole('slice', slice, 1),
    warmUp,
    memoryCalls: whole('memory', memory, 0),
  };
}

function refuseUnheard(given: Readonly<Partial<Record<keyof typeof flags, unknown>>>): void {
  for (const [first, others] of unheard) {
    const other = others.find((flag) => given[flag] !== undefined);
    if (given[first] !== undefined && other !== undefined)
      throw new Error(`--${other} does nothing with --${first}: leave one of them out.`);
  }
}

function whole(name: string, text: string, least: number): number {
  if (!/^\d+$/.test(text) || Number(text) < least) throw new Error(`--${name} takes a whole number from ${least} on.`);
  return Number(text);
}
