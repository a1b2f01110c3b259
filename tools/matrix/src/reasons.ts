import type { Path, Step } from './client-rows.ts';
import type { Check } from './observe.ts';

/** Where a server behind Sallyport is seen otherwise than without it, in every way, and why. */
export interface Reason {
  readonly at: readonly string[];
  readonly why: string;
}

/** By server and check. What is not here must be the same; what is here must differ, exactly there. */
export const reasons: Readonly<Record<string, Partial<Record<Check, Reason>>>> = {
  everything: {
    list: {
      at: ['/simulate-research-query'],
      why: '`simulate-research-query` can be called as a task only (`taskSupport: required`), and Sallyport has no tasks: it is not listed',
    },
  },
  thinking: {
    error: {
      at: ['/content/*/text'],
      why: 'the arguments break the tool’s schema, so the call is [refused](answers.md) before the server has it',
    },
  },
};

const sessionLost = {
  direct: {
    restart: {
      cell: 'no',
      why: 'the session ends with the server, and the client opens no other; with Sallyport a session outlives a restart',
    },
  },
};

const endedByHand = {
  cell: 'no',
  why: 'Ctrl-C ends it without a word to the server, and a lost connection cancels nothing in its revision of the protocol',
};

/** Cells of clients that are not `yes`, and why. */
export const clientReasons: Readonly<
  Record<string, Partial<Record<Path, Partial<Record<Step, { readonly cell: string; readonly why: string }>>>>>
> = {
  'SDK v1': sessionLost,
  'SDK v2, legacy': sessionLost,
  'Python mcp, legacy': sessionLost,
  'Inspector CLI': {
    direct: { cancel: endedByHand },
    'through Sallyport': {
      cancel: endedByHand,
      confirmation: {
        cell: 'outside',
        why: 'it can’t be asked, so a person says yes with [`sallyport approve`](cli.md) and the call is sent again',
      },
    },
  },
};
