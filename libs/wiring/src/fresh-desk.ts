import type { Desk } from './frame.ts';

/** A desk that reads on before it answers: among services, people may have been asked and have answered elsewhere. */
export function freshDesk(desk: Desk): Desk {
  return {
    ...desk,
    async forCall(call) {
      await desk.catchUp([call.tenant]);
      return desk.forCall(call);
    },
    async askedBy(tenant, subject) {
      await desk.catchUp([tenant]);
      return desk.askedBy(tenant, subject);
    },
    async list(tenant, filter) {
      await desk.catchUp([tenant]);
      return desk.list(tenant, filter);
    },
    async question(tenant, approval) {
      await desk.catchUp([tenant]);
      return desk.question(tenant, approval);
    },
  };
}
