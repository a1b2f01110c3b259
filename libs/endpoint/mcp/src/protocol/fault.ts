import { errorCodes, type RpcError } from '@sallyport/mcp';

/** Why a request is not served: what goes on the wire, and the code under which it is recorded. */
export interface Fault extends RpcError {
  /** Of HTTP. */
  readonly status: number;
  /** snake_case, for the record. */
  readonly reason: string;
}

/** A request that can't be taken as it came: for JSON-RPC an invalid request. */
export function fault(status: number, reason: string, message: string): Fault {
  return { status, code: errorCodes.invalidRequest, message, reason };
}
