export { createUpstream } from './create-upstream.ts';
export {
  type ConnectionBook,
  type KeptEntry,
  type KeptTokens,
  removeKept,
  type UsersParts,
} from './auth/connection-book.ts';
export type { Registration } from './auth/registration.ts';
export { createIssuerSignIn } from './auth/issuer-sign-in.ts';
export { createHttpUpstream } from './http/http-upstream.ts';
export type { HttpUpstreamOptions } from './http/http-upstream.ts';
export type { ManagedUpstream } from './managed-upstream.ts';
export { shareBounds } from './share/share-bounds.ts';
export type { UpstreamLog } from './bounded-log.ts';
