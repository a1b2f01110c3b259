import { hasOwnSignIn, type Probe } from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { probeEnvelope } from '../probe-envelope.ts';

/** Where users sign in at an upstream themselves (`auth.type: authorization_code`), only who has done so calls it. */
export const signIn = defineGuard({
  id: 'sign-in',
  station: 'gateway',
  grants: false,
  reasons: ['sign_in_required'],
  reads: ['upstreams'],
  neverInShadow: 'sign-in must stop what would be sent without a token',
  create({ signIns }, { upstreams }) {
    const needed = new Set(Object.keys(upstreams).filter((id) => hasOwnSignIn(upstreams[id])));
    return function signIn({ call: { upstream, tenant, subject } }) {
      return needed.has(upstream) ? judge(upstream, { tenant, issuer: subject.issuer, subject: subject.id }) : pass();
    };

    async function judge(upstream: string, caller: Parameters<typeof signIns.isConnected>[1]) {
      if (await signIns.isConnected(upstream, caller)) return pass();
      return deny('sign_in_required', `Your user has to sign in at ${upstream} first, in a browser.`);
    }
  },
  probes: (_, { upstreams }) =>
    Object.keys(upstreams)
      .filter((id) => hasOwnSignIn(upstreams[id]))
      .map(probe),
});

/** A call of nobody, who has signed in nowhere. */
function probe(upstream: string): Probe {
  return {
    about: `sign-in/${upstream}`,
    envelopes: [probeEnvelope({ tool: { upstream, name: 'no-such-tool', digest: null } })],
    expects: { effect: 'deny', reason: 'sign_in_required' },
    hint: 'This is a fault in Sallyport: please report it.',
  };
}
