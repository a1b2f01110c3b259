import { isRpcId, type RpcId } from '@sallyport/mcp';

/** Where in the stream of a request a client is. */
export interface EventId {
  /** The process that has the stream, or had it. */
  readonly place: string;
  readonly stream: string;
  /** Events that were sent before and with this one; 0 for the first, which says nothing. */
  readonly at: number;
  /** Of the request, so that its client can be told where there is no such stream; null for one that is too long. */
  readonly request: RpcId | null;
}

const MOST_ID = 128;
const form = /^([\w-]{8})\.([\w-]{22})\.(0|[1-9]\d{0,8})\.([\w-]{0,512})$/;

/** Prints an id that fits into a header. It holds nothing that its client did not say or may not know. */
export function printEventId({ place, stream, at, request }: EventId): string {
  const id = JSON.stringify(request);
  return `${place}.${stream}.${at}.${id.length > MOST_ID ? '' : Buffer.from(id).toString('base64url')}`;
}

/** Reads an id that anybody may have written; null for what is none of ours. */
export function readEventId(text: unknown): EventId | null {
  const [, place, stream, at, id = ''] = (typeof text === 'string' && form.exec(text)) || [];
  if (place === undefined || stream === undefined) return null;
  return { place, stream, at: Number(at), request: readRequest(id) };
}

function readRequest(id: string): RpcId | null {
  try {
    const request: unknown = JSON.parse(Buffer.from(id, 'base64url').toString());
    return isRpcId(request) ? request : null;
  } catch {
    return null;
  }
}
