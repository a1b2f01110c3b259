import type { JsonObject, SchemaError, ValueRule } from '@sallyport/contracts';
import { followPointer } from '@sallyport/base';
import { pathFault } from './path-form.ts';
import { uriFault } from './uri-form.ts';

const faults = { path: pathFault, uri: uriFault, text: () => null } as const;

/**
 * Checks the arguments that are declared as paths and URIs. Each must be a text that is its own normal form; one that is null is
 * absent, as policies see it.
 *
 * @returns one error for each value that is not; no message quotes the value
 */
export function valueErrors(rules: readonly ValueRule[], args: JsonObject): readonly SchemaError[] {
  return rules.flatMap(({ argument, kind }) =>
    followPointer(args, argument).flatMap(({ pointer, value }) => {
      if (value === null || kind === 'text') return [];
      const message = typeof value === 'string' ? faults[kind](value) : 'must be text';
      return message === null ? [] : [{ pointer, message }];
    }),
  );
}
