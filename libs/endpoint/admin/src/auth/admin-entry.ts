import { ForbiddenException, HttpException, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { IdentityRefusal, Principal } from '@sallyport/contracts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import type { AdminRequest } from './act.decorator.ts';
import { ADMIN_RULES, type AdminRules } from './admin-rules.ts';
import { type Caller, operatorIn } from './caller.ts';
import { carriesToken } from './operator-token.ts';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

interface Arriving extends AdminRequest {
  readonly ip: string;
}

interface Reply {
  header(name: string, value: string): unknown;
}

const PREFIX = '/admin/';

/**
 * Finds out who asks, before a byte of a body is read: Host and Origin, token, pace. What they may do is for the auth hook
 * of each route, which lets nobody pass who did not come through here.
 */
@Injectable()
export class AdminEntry implements OnModuleInit {
  readonly #host: HttpAdapterHost;
  readonly #ports: AdminPorts;
  readonly #rules: AdminRules;

  constructor(
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(ADMIN_PORTS) ports: AdminPorts,
    @Inject(ADMIN_RULES) rules: AdminRules,
  ) {
    this.#host = host;
    this.#ports = ports;
    this.#rules = rules;
  }

  onModuleInit(): void {
    this.#host.httpAdapter.getInstance<Fastify>().addHook('onRequest', async (request, reply) => {
      if (request.routeOptions.url?.startsWith(PREFIX) !== true) return;
      const { headers, query, url, ip } = request;
      const caller = await this.#admit({ headers, query, url, ip }, reply);
      Object.assign(request, { caller });
    });
  }

  async #admit(request: Arriving, reply: Reply): Promise<Caller> {
    const foreign = this.#rules.checkHost(textOf(request.headers['host']), textOf(request.headers['origin']));
    if (foreign !== null)
      throw new ForbiddenException({
        error: foreign,
        message: 'Not from this host or origin: the operator lists them in allowed_hosts and allowed_origins.',
      });
    const caller = await this.#callerOf(request, reply);
    this.#holdUp(caller);
    return caller;
  }

  async #callerOf({ headers, ip }: Arriving, reply: Reply): Promise<Caller> {
    const header = textOf(headers['authorization']);
    const { operatorToken, adminRole, systemTenant } = this.#rules;
    if (operatorToken !== null && carriesToken(header, operatorToken)) {
      const tenants = await this.#ports.tenants.tenants();
      return { kind: 'operator', principal: operatorIn(''), admin: true, tenants, systemTenant };
    }
    const answer = await this.#ports.identity.authenticate(header);
    if (isRefusal(answer)) throw this.#turnAway(answer, ip, reply);
    const admin = answer.subject.roles.includes(adminRole);
    return { kind: 'subject', principal: answer, admin, tenants: [answer.tenant], systemTenant };
  }

  /** Guessing tokens is as slow here as at the MCP endpoint. */
  #turnAway(refusal: IdentityRefusal, ip: string, reply: Reply): HttpException {
    const wait = this.#rules.failures(ip);
    if (wait > 0) {
      reply.header('retry-after', String(Math.ceil(wait / 1000)));
      return tooMany(
        'Too many failed authentications come from your address: try again later. The operator sets this in floods.failures.',
      );
    }
    if (refusal.status !== 503) reply.header('www-authenticate', `Bearer error="${refusal.error}"`);
    return new HttpException({ error: refusal.error, message: refusal.description }, refusal.status);
  }

  #holdUp({ kind, principal: { tenant, subject } }: Caller): void {
    if (kind === 'operator' || this.#rules.pace(JSON.stringify([tenant, subject.issuer, subject.id]))) return;
    throw tooMany('Ask again in a few seconds.');
  }
}

function tooMany(message: string): HttpException {
  return new HttpException({ error: 'too_many_requests', message }, 429);
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function isRefusal(answer: Principal | IdentityRefusal): answer is IdentityRefusal {
  return 'status' in answer;
}
