import type { ApprovalPorts, Config, Guard, Judge } from '@sallyport/contracts';
import { guards } from './guards.ts';

/** A guard that opens approvals, ready to be asked. */
export interface ApprovalJudge extends Pick<Guard, 'id' | 'station' | 'grants'> {
  readonly shadow: boolean;
  readonly judge: Judge;
}

/** The guards that open approvals, for audit: it asks them again when another question came first. */
export function approvalJudges(ports: ApprovalPorts, config: Config): readonly ApprovalJudge[] {
  const list: readonly Guard[] = guards;
  return list.flatMap(({ id, station, grants, approvalJudge }) => {
    if (approvalJudge === undefined) return [];
    return [{ id, station, grants, shadow: config.shadow.includes(id), judge: approvalJudge(ports, config) }];
  });
}
