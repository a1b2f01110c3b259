import type { Config, Guard, Judge } from '@sallyport/contracts';
import { confirmation, confirmationJudge, type ConfirmationPorts } from './confirmation.guard.ts';

/** A guard of confirmation that is ready to be asked. */
export interface Asker extends Pick<Guard, 'id' | 'station' | 'grants'> {
  readonly shadow: boolean;
  readonly judge: Judge;
}

/** The guards that say whether people are asked, for audit: it asks them again when another question came first. */
export function askers(ports: ConfirmationPorts, { approvals, shadow }: Pick<Config, 'approvals' | 'shadow'>): Asker[] {
  const { id, station, grants } = confirmation;
  return [{ id, station, grants, shadow: shadow.includes(id), judge: confirmationJudge(ports, approvals) }];
}
