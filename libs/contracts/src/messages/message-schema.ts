import { z } from 'zod';

/** More than there are signers. */
const MOST_SIGNATURES = 8;
const LONGEST_NAME = 128;

const text = z.string().refine((value) => value.isWellFormed());
const name = text.max(LONGEST_NAME);
const count = z.int().nonnegative();

/** What one signer says: its verdicts as the JSON text that is signed, and the MAC. */
const signature = z.strictObject({ by: name, verdicts: text, mac: name });

/** Exactly the members of its kind: what nobody checks may not be there. */
function message<Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  return z.strictObject({ v: z.literal(1), kind: z.literal(kind), ...shape });
}

/**
 * What services send each other. What is signed travels as the text that was signed (`body`, `verdicts`), so that nobody has
 * to print it the same way again.
 */
const messages = [
  /** A call on its way. `until`: the broker's clock, milliseconds; nobody waits longer. `body`: the envelope without verdicts. */
  message('call', {
    attempt: count,
    inbox: count,
    until: z.number().nonnegative(),
    body: text,
    signatures: z.array(signature).min(1).max(MOST_SIGNATURES).readonly(),
  }),
  /** Nobody waits for this call any more. `body`: the envelope without verdicts; `verdicts`: those of the gateway. */
  message('expire', { boot: name, reason: name, body: text, verdicts: text, mac: name }),
  /** A gateway has something written. `body`: the commit. */
  message('commit', { id: name, boot: name, inbox: count, body: text, mac: name }),
  /** A gateway refused what came to its inbox. */
  message('notice', { boot: name, reason: name, call: name.nullable(), count, mac: name }),
  /** Through the whole ring. */
  message('probe', { id: name, boot: name, inbox: count, mac: name }),
  /** From a process to itself. */
  message('loopback', { id: name, instance: name }),
  /** A gateway has every program read its files again; goes through the whole ring, to every partition. */
  message('reload', { attempt: count, id: name, boot: name, inbox: count, mac: name }),
  /** What came of it in a station. `ask`: the gateway's own MAC; `body`: the report. */
  message('report', { id: name, boot: name, inbox: count, ask: name, by: name, body: text, mac: name }),
  /** The same to the gateway, by audit. */
  message('reported', { id: name, boot: name, body: text, mac: name }),
  /** Audit's answer to a call. `body`: the release. */
  message('release', { body: text, mac: name }),
  /** Audit's answer to a commit. */
  message('answer', { id: name, boot: name, body: text, mac: name }),
  /** Audit's answer to a probe. */
  message('probe_reply', { id: name, boot: name, mac: name }),
  /** A gateway passes on to the others what a client says of a request that is not its own. `body` is for their endpoints. */
  message('told', { id: name, boot: name, inbox: count, body: text, mac: name }),
] as const;

/** One message between services, with its version. */
export const messageSchema = z.discriminatedUnion('kind', messages);

type Versioned = z.infer<typeof messageSchema>;

export type Signature = z.infer<typeof signature>;
export type MessageOf<Kind extends Versioned['kind']> = Omit<Extract<Versioned, { kind: Kind }>, 'v'>;
export type Message = { [Kind in Versioned['kind']]: MessageOf<Kind> }[Versioned['kind']];
