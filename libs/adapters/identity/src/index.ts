export { createDocumentFetch } from './document-fetch.ts';
export { createPublicFetch } from './public-fetch.ts';
export { createNonces, type Nonces } from './nonces.ts';
export { createIdentity, type IdentityOptions } from './identity.ts';
export { type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
