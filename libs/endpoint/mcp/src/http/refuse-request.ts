import type { ServerResponse } from 'node:http';
import type { Gateway, Observer } from '@sallyport/contracts';
import { thrownStack } from '@sallyport/base';
import { errorText, type RpcId } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import type { Arrival } from '../protocol/mcp-client.ts';
import { internal, stopping } from './http-faults.ts';
import { sendJson } from './http-reply.ts';

/** What refusing takes: where a fault of the client is recorded, and where one of ours is told. */
export interface Refusing {
  readonly gateway: Pick<Gateway, 'refuse'>;
  readonly observer: Pick<Observer, 'incident'>;
}

/** A request that is refused, and the way back. */
export interface Refused extends Pick<Arrival, 'principal' | 'bytes'> {
  readonly response: ServerResponse;
}

/** Records what never became a call, then says so. */
export async function refuse(
  refusing: Refusing,
  { principal, bytes, response }: Refused,
  id: RpcId | null,
  fault: Fault,
): Promise<void> {
  try {
    await refusing.gateway.refuse(principal, fault.reason, bytes);
    turnDown(response, id, fault);
  } catch (error) {
    failed(refusing, response, id, error);
  }
}

/** Answers a fault that is not recorded. */
export function turnDown(response: ServerResponse, id: RpcId | null, fault: Fault): void {
  sendJson(response, fault.status, errorText(id, fault));
}

/** New requests are not taken while we stop. */
export function stopped(response: ServerResponse, id: RpcId | null): void {
  response.setHeader('retry-after', '1');
  turnDown(response, id, stopping);
}

/** Something of ours broke: the log says what, the client that it did. */
export function failed({ observer }: Refusing, response: ServerResponse, id: RpcId | null, error: unknown): void {
  observer.incident('request_failed', thrownStack(error));
  if (!response.headersSent) turnDown(response, id, internal);
}
