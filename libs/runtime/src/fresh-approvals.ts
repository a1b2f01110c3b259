import type { Approvals } from './dependencies.ts';

/** Approvals that are read on before they answer: among services, people may have been asked and have answered elsewhere. */
export function freshApprovals(approvals: Approvals): Approvals {
  return {
    ...approvals,
    async forCall(call) {
      await approvals.catchUp([call.tenant]);
      return approvals.forCall(call);
    },
    async askedBy(tenant, subject) {
      await approvals.catchUp([tenant]);
      return approvals.askedBy(tenant, subject);
    },
    async list(tenant, filter) {
      await approvals.catchUp([tenant]);
      return approvals.list(tenant, filter);
    },
    async question(tenant, approval) {
      await approvals.catchUp([tenant]);
      return approvals.question(tenant, approval);
    },
  };
}
