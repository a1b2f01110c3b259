import { parseExact } from '@sallyport/base';
import { commandText } from '@sallyport/service/command';
import { Failure } from '../failure.ts';
import type { Address } from './address.ts';

/** The admin API of an instance, over HTTP. */
export interface AdminClient {
  /** @throws Failure for a refusal (exit code 1) and where nobody answers (3) */
  get<Answer>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  post<Answer>(path: string, body?: object): Promise<Answer>;
  patch<Answer>(path: string, body: object): Promise<Answer>;
  put<Answer>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  delete<Answer>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  /** Opens a stream of server-sent events. */
  stream(path: string, options: StreamOptions): Promise<ReadableStream<Uint8Array>>;
}

export interface StreamOptions {
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;

/** The client of one instance; `stop` (Ctrl-C) ends whatever is under way. */
export function createAdminClient({ url, token, isOwn, config }: Address, stop: AbortSignal): AdminClient {
  const inTime = (): AbortSignal => AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);

  async function send(target: string, init: RequestInit): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const answer = await fetch(target, { ...init, headers, redirect: 'error' }).catch((error: unknown) => error);
    if (!(answer instanceof Response)) throw unreachable({ url, config }, answer);
    if (answer.ok) return answer;
    throw await refusal(answer, { url, isOwn });
  }

  async function ask<Answer>(method: string, target: string, body?: object): Promise<Answer> {
    const content = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return parsed<Answer>(await send(target, { method, signal: inTime(), ...content }));
  }

  const at = (path: string, query: StreamOptions['query'] = {}): string => {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = new URLSearchParams(given).toString();
    return `${url}/admin/v1${path}${search === '' ? '' : `?${search}`}`;
  };

  return {
    get: (path, query) => ask('GET', at(path, query)),
    post: (path, body) => ask('POST', at(path), body),
    patch: (path, body) => ask('PATCH', at(path), body),
    put: (path, query) => ask('PUT', at(path, query)),
    delete: (path, query) => ask('DELETE', at(path, query)),
    async stream(path, { query, lastEventId, signal }) {
      const headers = { accept: 'text/event-stream', ...(lastEventId !== null && { 'last-event-id': lastEventId }) };
      const { body } = await send(at(path, query), { headers, signal });
      if (body === null) throw new Failure('unreachable', 'The answer had no body.');
      return body;
    },
  };
}

/** Numbers as they were written: a person approves a definition by what is shown of it. */
async function parsed<Answer>(answer: Response): Promise<Answer> {
  try {
    return parseExact(await answer.text()) as Answer;
  } catch {
    throw new Failure('unreachable', `${new URL(answer.url).host} answered something that is not JSON.`, {
      hint: 'Is another program listening there?',
    });
  }
}

function unreachable({ url, config }: Pick<Address, 'url' | 'config'>, error: unknown): Failure {
  const { cause } = error as { cause?: { code?: string } };
  const why = cause?.code ?? (error as Error).name;
  return new Failure('unreachable', `${new URL(url).host} can't be reached (${why}).`, {
    hint: `Start Sallyport with \`${commandText('serve', { config })}\`, or say where it is with --url.`,
  });
}

async function refusal(answer: Response, address: Pick<Address, 'url' | 'isOwn'>): Promise<Failure> {
  const said = (await answer.json().catch(() => ({}))) as { error?: unknown; message?: unknown; reference?: unknown };
  const message = typeof said.message === 'string' ? said.message : `Refused with status ${answer.status}.`;
  const reference = typeof said.reference === 'string' ? `Reference ${said.reference}` : '';
  const hint = answer.status === 401 ? whoseToken(address) : reference;
  return new Failure('refused', message, { hint, status: answer.status });
}

/** The operator's token comes from the data directory: where it is not known, an instance with another one answers. */
function whoseToken({ url, isOwn }: Pick<Address, 'url' | 'isOwn'>): string {
  const { host } = new URL(url);
  if (isOwn)
    return `Give a token that the instance at ${host} knows with --token or SALLYPORT_TOKEN; it may be another instance than yours.`;
  return `This was the operator's token from your data directory, so another instance is probably listening at ${host}. Name the configuration of that one with --config, start yours elsewhere (--listen), or give --token.`;
}
