export { createDocumentFetch } from './document-fetch.ts';
export { createPublicFetch } from './public-fetch.ts';
export { ProofMemory } from './dpop.ts';
export { createIdentity, type IdentityOptions } from './identity.ts';
export { type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
