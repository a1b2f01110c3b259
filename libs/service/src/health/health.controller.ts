import { Controller, Get, Inject, Res } from '@nestjs/common';
import { shareAnswer } from '../share-answer.ts';
import { HEALTH_CHECKS, type HealthCheck, type HealthChecks } from './health-check.ts';

interface Reply {
  status(code: number): unknown;
}

interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly checks: readonly HealthCheck[];
}

/** Liveness and readiness for operators of the process. Neither needs a token, and neither tells of anybody's calls. */
@Controller()
export class HealthController {
  readonly #ask: () => Promise<readonly HealthCheck[]>;

  constructor(@Inject(HEALTH_CHECKS) checks: HealthChecks) {
    this.#ask = shareAnswer(() => ask(checks));
  }

  /** 200 while the process can answer at all. A failure here means: start it again. */
  @Get('livez')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * 200 when a call could be decided, recorded and answered now, else 503, with each check. Ready does not mean that
   * every upstream is up: one that is down refuses its own calls cleanly, and the rest keeps serving.
   */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<Readiness> {
    const checks = await this.#ask();
    const ok = checks.every((check) => check.ok);
    reply.status(ok ? 200 : 503);
    return { status: ok ? 'ready' : 'not_ready', checks };
  }
}

async function ask(checks: HealthChecks): Promise<readonly HealthCheck[]> {
  try {
    return await checks();
  } catch {
    return [{ name: 'checks', ok: false, detail: 'The checks could not be run; see the log.' }];
  }
}
