export { createPublicFetch } from './public-fetch.ts';
export { createIdentity, type IdentityOptions } from './identity.ts';
export { type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
export type { IssuerTiming } from './issuer.ts';
