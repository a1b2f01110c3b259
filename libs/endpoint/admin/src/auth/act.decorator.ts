import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiOperation, ApiResponse } from '../openapi/describe.ts';
import type { Caller } from './caller.ts';

/**
 * Who may do it: `admin` of the tenant, `anyone` with a valid token (a finer rule follows), `system` for what concerns
 * all tenants.
 */
export type CallerKind = 'admin' | 'anyone' | 'system';

export interface ActRule {
  readonly act: string;
  readonly who: CallerKind;
  /** What the route checks itself, by a DTO. The rest must be empty, but for `?tenant=`. */
  readonly takes: readonly ('query' | 'body')[];
}

export const ACT_RULE = Symbol('act rule');

interface ActOptions extends Pick<ActRule, 'who'>, Partial<Pick<ActRule, 'takes'>> {
  /** What the route does, for the API document. */
  readonly says: string;
}

/** Names a route's act and who may do it, for the auth hook and the document. A route without one is refused to everybody. */
export const Act = (act: string, { who, takes = [], says }: ActOptions) =>
  applyDecorators(
    SetMetadata(ACT_RULE, { act, who, takes } satisfies ActRule),
    ApiOperation({ operationId: act, summary: says }),
    ApiExtension('x-who', who),
    ApiBearerAuth(),
    ApiResponse({ status: 400, description: 'Something in the request that the route does not take.' }),
    ApiResponse({ status: 401, description: 'No valid token.' }),
    ApiResponse({ status: 403, description: 'Not for you, or not from this host or origin.' }),
    ApiResponse({ status: 429, description: 'Ask again in a few seconds.' }),
  );

/** A request as the auth hook leaves it. */
export interface AdminRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: unknown;
  readonly body?: unknown;
  readonly url: string;
  caller?: Caller;
}

/** The caller that the auth hook found. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<AdminRequest>();
  if (caller === undefined) throw new Error('A route without the auth hook.');
  return caller;
});
