import {
  BadRequestException,
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Inject,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IdentityRefusal, Principal } from '@sallyport/contracts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { ACT_RULE, type ActRule, type AdminRequest } from './act.decorator.ts';
import { type Caller, operatorIn } from './caller.ts';
import { carriesToken } from './operator-token.ts';
import type { Pace } from './pace.ts';

/** Who counts as what. */
export interface AdminRules {
  /** The local operator's token; null where there is none. */
  readonly operatorToken: string | null;
  /** The role that administers a tenant. */
  readonly adminRole: string;
  /**
   * The tenant whose log holds what concerns the whole house, and whose admins may act for it; null leaves that to the
   * operator alone. An admin of any other tenant must not decide for all.
   */
  readonly houseTenant: string | null;
  /**
   * Why a request that names this `Host` and `Origin` is turned away, null where it may come in: a web page whose name was
   * made to point at us has no token of its own, but development users' are known to everybody.
   */
  readonly checkHost: (host: string | undefined, origin: string | undefined) => string | null;
  /** How often one person may ask; the operator is not held up. */
  readonly pace: Pace;
}

/** Injection token of the rules. */
export const ADMIN_RULES = Symbol('admin rules');

interface Reply {
  header(name: string, value: string): unknown;
}

/**
 * The auth hook of every admin route: authenticates, keeps a subject within its tenant, asks for the role that the
 * route names. A refusal of somebody known is recorded; without a rule, a token or an answer nobody passes.
 */
@Injectable()
export class AdminAuthHook implements CanActivate {
  readonly #ports: AdminPorts;
  readonly #rules: AdminRules;
  readonly #reflector: Reflector;

  constructor(
    @Inject(ADMIN_PORTS) ports: AdminPorts,
    @Inject(ADMIN_RULES) rules: AdminRules,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#ports = ports;
    this.#rules = rules;
    this.#reflector = reflector;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.#reflector.get<ActRule | undefined>(ACT_RULE, context.getHandler());
    if (rule === undefined) throw new ForbiddenException();
    const request = context.switchToHttp().getRequest<AdminRequest>();
    const foreign = this.#rules.checkHost(textOf(request.headers['host']), textOf(request.headers['origin']));
    if (foreign !== null) throw new ForbiddenException({ error: foreign, message: 'Not from this host or origin.' });
    const caller = await this.#callerOf(request, context.switchToHttp().getResponse<Reply>());
    this.#holdUp(caller);
    const refusal = this.#refusal(caller, rule, request);
    if (refusal !== null) {
      await this.#record(caller, rule, request);
      throw refusal;
    }
    refuseSurplus(rule, request);
    request.caller = await this.#within(caller, tenantAsked(request));
    return true;
  }

  async #callerOf({ headers }: AdminRequest, reply: Reply): Promise<Caller> {
    const header = textOf(headers['authorization']);
    const { operatorToken, adminRole, houseTenant } = this.#rules;
    if (operatorToken !== null && carriesToken(header, operatorToken)) {
      const tenants = await this.#ports.tenants.tenants();
      return { kind: 'operator', principal: operatorIn(''), admin: true, tenants, houseTenant };
    }
    const answer = await this.#ports.identity.authenticate(header);
    if (isRefusal(answer)) {
      reply.header('www-authenticate', `Bearer error="${answer.error}"`);
      throw new HttpException({ error: answer.error, message: answer.description }, answer.status);
    }
    const admin = answer.subject.roles.includes(adminRole);
    return { kind: 'subject', principal: answer, admin, tenants: [answer.tenant], houseTenant };
  }

  #holdUp({ kind, principal: { tenant, subject } }: Caller): void {
    if (kind === 'operator' || this.#rules.pace(JSON.stringify([tenant, subject.issuer, subject.id]))) return;
    throw new HttpException({ error: 'too_many_requests', message: 'Ask again in a few seconds.' }, 429);
  }

  #refusal(caller: Caller, { who }: ActRule, request: AdminRequest): HttpException | null {
    const asked = tenantAsked(request);
    if (caller.kind === 'operator') return null;
    const { tenant } = caller.principal;
    if (asked !== undefined && asked !== tenant) return forbidden('This tenant is not yours.');
    if (who !== 'anyone' && !caller.admin) return forbidden(`This needs the role ${this.#rules.adminRole}.`);
    if (who === 'house' && this.#rules.houseTenant !== tenant) {
      return forbidden('This concerns every tenant, and is for the operator.');
    }
    return null;
  }

  async #record({ principal }: Caller, { act }: ActRule, { url }: AdminRequest): Promise<void> {
    const target = url.split('?', 1)[0] ?? '';
    await this.#ports.recordAct({ tenant: principal.tenant, by: principal, act, target, allowed: false });
  }

  async #within(caller: Caller, asked: string | undefined): Promise<Caller> {
    if (caller.kind === 'subject' || asked === undefined) return caller;
    if (!caller.tenants.includes(asked)) throw new NotFoundException({ message: 'There is no such tenant on record.' });
    return { ...caller, principal: operatorIn(asked), tenants: [asked] };
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function isRefusal(answer: Principal | IdentityRefusal): answer is IdentityRefusal {
  return 'status' in answer;
}

function forbidden(message: string): HttpException {
  return new ForbiddenException({ error: 'forbidden', message });
}

/** What a route does not take is refused, never dropped in silence. */
function refuseSurplus({ takes }: ActRule, { query, body }: AdminRequest): void {
  const surplus = [
    ...(takes.includes('query') ? [] : Object.keys(query as object).filter((name) => name !== 'tenant')),
    ...(takes.includes('body') || isEmpty(body) ? [] : ['body']),
  ];
  if (surplus.length > 0) throw new BadRequestException(`This takes no ${surplus.join(', ')}`);
}

function isEmpty(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return body === undefined;
  return !Array.isArray(body) && Object.keys(body).length === 0;
}

/** `?tenant=`, once. Nothing else of a request names a tenant. */
function tenantAsked({ query }: AdminRequest): string | undefined {
  const { tenant } = query as { tenant?: unknown };
  if (tenant === undefined) return undefined;
  if (typeof tenant !== 'string' || tenant === '') throw new BadRequestException('tenant must be one name');
  return tenant;
}
