import { parseArgs } from 'node:util';

export interface Options {
  readonly json: boolean;
  readonly quick: boolean;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmUp: number;
  /** Calls before memory is looked at again; 0 leaves it out. */
  readonly memoryCalls: number;
  /** Only the four rows that the aims are about. */
  readonly few: boolean;
  /** Writes a CPU profile of the guarded row into this folder and prints where its time goes. */
  readonly profile: string | null;
  /** Sallyport as services against a bare ring of as many hops; needs a container engine. */
  readonly distributed: boolean;
}

export const usage = `npm run bench -- [--quick] [--json] [--few] [--rounds N] [--slice MS] [--memory CALLS] [--profile FOLDER] [--distributed]`;

/** @throws for an unknown flag or a value that is no number */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      few: { type: 'boolean', default: false },
      distributed: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      slice: { type: 'string' },
      memory: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const { json, quick, few, distributed, profile = null } = values;
  return {
    json,
    quick,
    few,
    distributed,
    profile,
    rounds: whole('rounds', values.rounds, quick ? 3 : 11),
    sliceMs: whole('slice', values.slice, quick ? 300 : 600),
    warmUp: quick ? 2_000 : 8_000,
    memoryCalls: whole('memory', values.memory, quick ? 5_000 : 100_000),
  };
}

function whole(name: string, text: string | undefined, preset: number): number {
  if (text === undefined) return preset;
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a number. ${usage}`);
  return Number(text);
}
