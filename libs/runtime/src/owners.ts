import type { Config, Finding, IssuerConfig } from '@sallyport/contracts';

/**
 * Whose ids own objects. Where issuers may speak for one tenant together and one of them does not say it, its ids own nothing:
 * both may give one id to two people, and upstreams name owners by ids alone.
 */
export function ownerFindings({ identity: { issuers } }: Config): Finding[] {
  return issuers.map((issuer) => {
    const { owns } = issuer;
    const about = `owners/${issuer.issuer}`;
    const other = issuers.find((one) => maySpeakForOne(one, issuer));
    if (owns !== undefined) return { about, fires: true, detail: `owns: ${owns}`, hint: '' };
    if (other === undefined)
      return { about, fires: true, detail: 'its ids own objects where it is the only issuer of the tenant', hint: '' };
    const detail = `its ids own nothing, since ${other.issuer} may speak for the same tenant, where one id may be two people`;
    const hint = 'Write `owns: true` where the owners of objects are ids of its people, else `owns: false`.';
    return { about, fires: false, detail, hint };
  });
}

function maySpeakForOne(one: IssuerConfig, other: IssuerConfig): boolean {
  const [a, b] = [one.tenant, other.tenant];
  return one.issuer !== other.issuer && !('fixed' in a && 'fixed' in b && a.fixed !== b.fixed);
}
