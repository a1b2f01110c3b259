import type { ClientRequestsConfig, JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { elicitation } from './elicitation.ts';

const URL_REQUIRED = -32042;
const MOST = 5;

/**
 * Of what an upstream wants the user to open first (error -32042 of 2025-11-25), the addresses that it was granted, each as a
 * question of the same kind would show it.
 *
 * @param error any error of the upstream
 */
export function grantedAddresses(
  { code, data }: { readonly code: number; readonly data?: JsonValue },
  { upstream, granted }: { readonly upstream: string; readonly granted: ClientRequestsConfig | undefined },
): readonly JsonObject[] {
  const elicitations = isObject(data) && Array.isArray(data['elicitations']) ? data['elicitations'] : [];
  if (granted === undefined || code !== URL_REQUIRED) return [];
  return elicitations.slice(0, MOST).flatMap((params) => {
    if (!isObject(params) || params['mode'] !== 'url' || elicitation.missing(params, granted) !== null) return [];
    const reading = elicitation.prepare(params, { upstream, granted });
    return reading.kind === 'shown' ? [reading.params] : [];
  });
}
