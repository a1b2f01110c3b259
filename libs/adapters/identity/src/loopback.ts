/**
 * Says why development users may not be served: their tokens are fixed and short, so that only the own machine may
 * reach them.
 *
 * @param listen address and port as configured, such as `127.0.0.1:8787` or `[::1]:8787`
 * @returns a sentence, or null where `listen` is a loopback address
 */
export function developmentRefused(listen: string): string | null {
  const host = listen.slice(0, listen.lastIndexOf(':')).toLowerCase();
  const loopback = host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
  if (loopback) return null;
  return `identity.development is refused because listen is ${listen}: use 127.0.0.1, [::1] or localhost, or an issuer.`;
}
