export { createPublicFetch } from './public-fetch.ts';
export { createIdentity } from './identity.ts';
export { type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
