import type { Config, Finding, IssuerConfig } from '@sallyport/contracts';
import type { NameProblem } from './config-names.ts';

/**
 * Issuers that may speak for one tenant with another, where nobody said whose ids own objects: both may give one id to two
 * people, and upstreams name owners by ids alone.
 */
export function ownerProblems({ identity: { issuers } }: Config): NameProblem[] {
  return issuers.flatMap((issuer, at) => {
    const other = issuers.find((one) => maySpeakForOne(one, issuer));
    if (issuer.owns !== undefined || other === undefined) return [];
    const message = `identity.issuers: ${issuer.issuer} and ${other.issuer} may speak for one tenant, where one id may be two people`;
    const hint = 'Write `owns: true` where the owners of objects are ids of its people, else `owns: false`.';
    return [{ path: ['identity', 'issuers', at], message, hint }];
  });
}

function maySpeakForOne(one: IssuerConfig, other: IssuerConfig): boolean {
  const [a, b] = [one.tenant, other.tenant];
  return one.issuer !== other.issuer && !('fixed' in a && 'fixed' in b && a.fixed !== b.fixed);
}

/** Whose ids own objects: told so that it is seen. */
export function ownerFindings({ identity: { issuers } }: Config): Finding[] {
  return issuers.map(({ issuer, owns }) => ({
    about: `owners/${issuer}`,
    fires: true,
    detail: owns === undefined ? 'its ids own objects where it is the only issuer of the tenant' : `owns: ${owns}`,
    hint: '',
  }));
}
