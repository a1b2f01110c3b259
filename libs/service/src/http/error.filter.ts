import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { JournalUnavailable } from '@sallyport/contracts';
import type { Logger } from '../logging/logger.ts';

/** What a client of the REST APIs reads when something is refused or fails. */
export interface ErrorBody {
  /** A snake_case code. */
  readonly error: string;
  readonly message: string;
  /** To quote to the operator, who finds it in the log. */
  readonly reference: string;
}

interface Reply {
  readonly sent: boolean;
  status(code: number): Reply;
  send(body: ErrorBody): unknown;
}

const codes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  503: 'unavailable',
};

/**
 * Answers everything that a controller throws with `{error, message, reference}`. What was not meant for the client
 * goes to the log under the reference, and the client learns nothing of it.
 */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #logger: Logger;
  readonly #reference: () => string;

  constructor(logger: Logger, { reference = randomUUID }: { readonly reference?: () => string } = {}) {
    this.#logger = logger;
    this.#reference = reference;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reference = this.#reference();
    const { status, error, message } = spoken(thrown);
    if (status >= 500) this.#logger.error('request failed', { reference, status, error: thrown });
    const reply = host.switchToHttp().getResponse<Reply>();
    if (!reply.sent) reply.status(status).send({ error, message, reference });
  }
}

function spoken(thrown: unknown): Omit<ErrorBody, 'reference'> & { status: number } {
  if (thrown instanceof JournalUnavailable) return internal(503);
  if (!(thrown instanceof HttpException)) return internal(500);
  const status = thrown.getStatus();
  const own = ownBody(thrown.getResponse());
  if (status >= 500 && own.error === undefined) return internal(status);
  return { status, error: own.error ?? codes[status] ?? 'refused', message: own.message ?? thrown.message };
}

/** Our controllers throw `{error: 'snake_case', message}`; Nest itself throws a title and one or many messages. */
function ownBody(response: string | object): { error?: string; message?: string } {
  if (typeof response === 'string') return { message: response };
  const { error, message } = response as { error?: unknown; message?: unknown };
  const text = Array.isArray(message) ? message.join('; ') : message;
  return {
    ...(typeof error === 'string' && /^[a-z][a-z0-9_]*$/.test(error) && { error }),
    ...(typeof text === 'string' && { message: text }),
  };
}

function internal(status: number): { status: number; error: string; message: string } {
  return {
    status,
    error: codes[status] ?? 'internal_error',
    message: 'This could not be done. The reference names the entry in the log.',
  };
}
