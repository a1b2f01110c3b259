import type { RequestFault } from '@sallyport/service';
import { errorCodes } from '@sallyport/mcp';
import { fault, type Fault } from '../protocol/fault.ts';

/** A fault of the head of a request, as an MCP client reads it. */
export function headFault({ status, error, message }: RequestFault): Fault {
  return fault(status, error, message);
}

/** What was no JSON. */
export function parseFault(reason: string, message: string): Fault {
  return { status: 400, code: errorCodes.parse, message: `Parse error: ${message}`, reason };
}

export function tooLarge(limit: number): Fault {
  return fault(413, 'too_large', `The request is larger than ${limit} bytes (max_request_bytes).`);
}

export function tooManyPieces(most: number): Fault {
  const message = `The body came in more than ${most} pieces that are hardly worth it: send it whole, or in chunks of 256 bytes and more.`;
  return fault(413, 'too_many_pieces', message);
}

export const notRpc = fault(400, 'invalid_request', 'The body is not a JSON-RPC 2.0 message.');

export const sessionNeeded = fault(400, 'session_needed', 'The header Mcp-Session-Id is missing: initialize first.');
export const noSession = fault(404, 'no_session', 'There is no such session: initialize again.');
export const nobodyAsked = fault(
  400,
  'nobody_asked',
  'No question waits for this answer: it is over, or was never asked.',
);
export const wrongMethod = fault(405, 'method_not_allowed', 'Method not allowed');
export const stopping = { ...fault(503, 'stopping', 'Stopping; try again.'), code: errorCodes.internal };
export const internal = { ...fault(500, 'internal', 'Internal error'), code: errorCodes.internal };
