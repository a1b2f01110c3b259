/** What a client was told about one call. */
export interface Heard {
  /** True when the answer was the tool's own result. */
  readonly ran: boolean;
  readonly decision: string;
  readonly reason: string;
  /** The call's id; null for an answer without one. */
  readonly id: string | null;
}

/** What the clients of one instance sent and heard. Every call has a message of its own. */
export interface ClientAccount {
  /** The messages to send, in order. */
  next(kind: 'allowed' | 'forbidden'): string;
  /** How many have been created. */
  sent(): number;
  readonly heard: Map<string, Heard>;
}

/** A message that the policies refuse holds this (see `policies.ts`). */
const forbiddenText = 'password=';

/** @param name tells the messages of one instance from those of another */
export function createClientAccount(name: string): ClientAccount {
  let created = 0;
  return {
    next: (kind) => `${kind === 'forbidden' ? forbiddenText : ''}${name}-${(created += 1)}`,
    sent: () => created,
    heard: new Map(),
  };
}

interface Body {
  readonly result?: {
    readonly isError?: boolean;
    readonly content?: readonly { readonly text?: string }[];
    readonly _meta?: Readonly<Record<string, { decision: string; reason: string; id: string } | undefined>>;
  };
  /** Of a call; a word where the request never became one. */
  readonly error?: { readonly code: number; readonly message: string } | string;
}

/** Reads what an answer says. */
export function readHeard(body: string, message: string): Heard {
  const { result, error } = JSON.parse(body) as Body;
  const ran = result !== undefined && result.isError !== true && result.content?.[0]?.text === message;
  return { ran, decision: 'none', reason: reasonOf(error), id: null, ...result?._meta?.['dev.sallyport/decision'] };
}

function reasonOf(error: Body['error']): string {
  if (error === undefined) return 'none';
  return typeof error === 'string' ? error : `error ${error.code}`;
}
