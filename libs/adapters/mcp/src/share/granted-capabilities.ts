import type { ClientRequestsConfig, JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/**
 * What an upstream is told that a client can do: what the client declared and the configuration grants, and no more. Tools and
 * context within sampling, and news of changed roots, are not passed on, so they are not declared either.
 */
export function grantedCapabilities(declared: JsonObject, granted: ClientRequestsConfig | undefined): JsonObject {
  const { sampling, elicitation, roots } = declared;
  const asked = isObject(elicitation) ? elicitationOf(elicitation, granted) : {};
  return {
    ...(isObject(sampling) && granted?.sampling !== undefined && { sampling: {} }),
    ...(isObject(roots) && granted?.roots === true && { roots: {} }),
    ...(Object.keys(asked).length > 0 && { elicitation: asked }),
  };
}

/**
 * What we declare where no client is behind a session: all that is granted, since some servers list tools only to clients that
 * can do what these need. Nobody is asked there.
 */
export function everythingGranted(granted: ClientRequestsConfig | undefined): JsonObject {
  return grantedCapabilities({ sampling: {}, roots: {}, elicitation: { form: {}, url: {} } }, granted);
}

/** An empty object of a client means forms (2025-06-18, and later for compatibility). */
function elicitationOf(declared: JsonObject, granted: ClientRequestsConfig | undefined): JsonObject {
  const forms = Object.keys(declared).length === 0 || isObject(declared['form']);
  const { elicitation } = granted ?? {};
  return {
    ...(forms && elicitation?.forms === true && { form: {} }),
    ...(isObject(declared['url']) && (elicitation?.url_hosts.length ?? 0) > 0 && { url: {} }),
  };
}
