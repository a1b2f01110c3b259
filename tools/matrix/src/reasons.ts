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
  filesystem: {
    list: {
      at: ['/read_file'],
      why: '`read_file` waits for [an approval](../how-to/approve-a-definition.md): its description names another tool, which nothing is trusted with on first use',
    },
  },
  thinking: {
    error: {
      at: ['/content/*/text'],
      why: 'the arguments break the tool’s schema, so the call is [refused](answers.md) before the server has it',
    },
  },
};
