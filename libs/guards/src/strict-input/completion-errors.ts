import type { JsonObject, SchemaError } from '@sallyport/contracts';
import { escapeToken } from '@sallyport/base';
import { z } from 'zod';

const asked = z.strictObject({
  argument: z.strictObject({ name: z.string(), value: z.string() }),
  context: z.strictObject({ arguments: z.record(z.string(), z.string()).optional() }).optional(),
});

/** What of the parameters of a completion is not as the protocol has it; no message quotes a value. */
export function completionErrors(args: JsonObject): readonly SchemaError[] {
  const { error } = asked.safeParse(args);
  return (error?.issues ?? []).map(({ path, code }) => ({
    pointer: path.map((name) => `/${escapeToken(String(name))}`).join(''),
    message: code === 'unrecognized_keys' ? 'has members that there are not' : 'is not what a completion takes',
  }));
}
