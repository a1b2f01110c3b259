import { incidents, type Observer, targetText } from '@sallyport/contracts';
import { logText } from '@sallyport/sanitizers';
import type { Logger } from './logger.ts';

/**
 * Incidents at the level of their severity, cleaned, since their details may hold words of others; decisions and outcomes as
 * debug lines, by reference and without anybody's name or values.
 */
export function createLogObserver(logger: Logger): Observer {
  const detailed = logger.level === 'debug';
  return {
    decided({ callId, tenant, upstream, target }, { effect, reason, guard }, elapsedUs) {
      if (!detailed) return;
      logger.debug('call decided', {
        callId,
        tenant,
        upstream,
        tool: targetText(target),
        decision: effect,
        reason,
        guard,
        elapsedUs,
      });
    },
    finished({ callId, tenant, upstream, target }, outcome, elapsedUs) {
      if (detailed)
        logger.debug('call finished', { callId, tenant, upstream, tool: targetText(target), outcome, elapsedUs });
    },
    incident(name, detail) {
      const { severity, message } = incidents[name];
      logger[severity](message, { incident: name, detail: logText(detail) });
    },
  };
}
