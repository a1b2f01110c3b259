import { clientMethod, type DecisionMeta, type JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { metaKeys } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import type { McpRequest } from '../protocol/mcp-request.ts';
import { metaOf, URL_REQUIRED } from './answer-text.ts';

/** Under this name a modern client answers that its user was shown the page. */
export const SIGN_IN = 'sallyport-sign-in';

/** Where a user signs in, and for which upstream. */
export interface SignInPage {
  readonly url: string;
  readonly upstream: string;
  readonly meta: DecisionMeta;
}

/** Whether the client opens addresses for its user (URL elicitation, since 2025-11-25). */
export function opensUrls({ message, client }: McpRequest): boolean {
  const { elicitation } = client.capabilities;
  if (!isObject(elicitation) || !isObject(elicitation['url'])) return false;
  return client.era === 'modern' ? clientMethod(message.method)?.mayAsk === true : client.version >= '2025-11-25';
}

/** `URLElicitationRequiredError`: the client shows its user the page, and calls again when it likes. */
export function urlRequired(page: SignInPage): Fault {
  const { meta, upstream } = page;
  return {
    status: 200,
    code: URL_REQUIRED,
    message: `Your user has to sign in at ${upstream} first.`,
    data: { elicitations: [urlElicitation(page)], [metaKeys.decision]: metaOf(meta) },
    reason: meta.reason,
  };
}

/** The parameters of `elicitation/create`: a page to open. */
export function urlElicitation({ url, upstream, meta }: SignInPage): JsonObject {
  const message = `Sallyport asks: sign in at ${upstream}, so that your calls there are made as you.`;
  return { mode: 'url', elicitationId: meta.id, url, message };
}

/** The same in words, for a model whose client knows nothing of it. */
export function signInText({ url, upstream }: SignInPage): string {
  return `Your user has to sign in at ${upstream} first, in a browser: ${url} . Show them this address; when they have done it, call again with the same arguments.`;
}
