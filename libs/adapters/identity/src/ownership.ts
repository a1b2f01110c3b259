import { type Config, issuersFor, type Principal, type Subject, type TenantRegister } from '@sallyport/contracts';

/**
 * Says of a verified principal whose id may not stand alone: two issuers of one tenant may give one id to two people, and an
 * upstream names owners by ids alone. The people of an issuer own objects by their ids where it says `owns: true`, or where
 * it says nothing and is the only one that may speak for the tenant.
 *
 * @returns the principal; its subject `qualified` where objects with an owner of the same id are not theirs
 */
export function createOwnership(
  register: TenantRegister,
  issuers: Config['identity']['issuers'],
): (principal: Principal) => Principal {
  return function judgeOwner(principal) {
    const { tenant, subject } = principal;
    const all = issuersFor(tenant, issuers, register);
    const its = all.find(({ issuer }) => issuer === subject.issuer);
    const owns = its !== undefined && (its.owns ?? all.length === 1);
    return owns ? principal : { ...principal, subject: qualified(subject) };
  };
}

function qualified(subject: Subject): Subject {
  return Object.freeze({ ...subject, qualified: true });
}
