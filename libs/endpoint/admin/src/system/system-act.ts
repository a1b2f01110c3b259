import type { Principal } from '@sallyport/contracts';
import type { AdminPorts } from '../admin-ports.ts';
import { type Caller, onlyTenant, principalIn } from '../auth/caller.ts';

/**
 * Records an act that concerns the whole system, before it is done.
 *
 * @returns who does it: a subject as it is, the operator in the one tenant there is, or in none (an empty name)
 */
export async function recordSystemAct(
  { recordAct }: Pick<AdminPorts, 'recordAct'>,
  caller: Caller,
  { act, target }: { readonly act: string; readonly target: string },
): Promise<Principal> {
  const tenant = onlyTenant(caller);
  const by = principalIn(caller, tenant ?? '');
  await recordAct({ tenant, by, act, target, refused: null });
  return by;
}
