import {
  BadRequestException,
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { ACT_RULE, type ActRule, type AdminRequest } from './act.decorator.ts';
import { ADMIN_RULES, type AdminRules } from './admin-rules.ts';
import { type Caller, operatorIn } from './caller.ts';

/** Why somebody known may not do it: for the record, and in words. */
interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/**
 * The auth hook of every admin route: keeps a subject, whom the entry authenticated, within its tenant and asks for the
 * role that the route names. A refusal of somebody known is recorded; without a rule or a caller nobody passes.
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
    const { caller } = request;
    if (caller === undefined) throw new ForbiddenException();
    const refusal = this.#refusal(caller, rule, request);
    if (refusal !== null) {
      await this.#record(caller, rule, request, refusal);
      throw new ForbiddenException({ error: 'forbidden', message: refusal.message });
    }
    refuseSurplus(rule, request);
    request.caller = await this.#within(caller, tenantAsked(request));
    return true;
  }

  #refusal(caller: Caller, { who }: ActRule, request: AdminRequest): Refusal | null {
    const asked = tenantAsked(request);
    if (caller.kind === 'operator') return null;
    const { tenant } = caller.principal;
    if (asked !== undefined && asked !== tenant) {
      return { reason: 'foreign_tenant', message: 'This tenant is not yours.' };
    }
    if (who !== 'anyone' && !caller.admin) {
      return { reason: 'needs_role', message: `This needs the role ${this.#rules.adminRole}.` };
    }
    if (who === 'system' && this.#rules.systemTenant !== tenant) {
      return { reason: 'for_operator', message: 'This concerns every tenant, and is for the operator.' };
    }
    return null;
  }

  async #record(caller: Caller, { act }: ActRule, { url }: AdminRequest, { reason }: Refusal): Promise<void> {
    const { principal: by } = caller;
    const target = url.split('?', 1)[0] ?? '';
    await this.#ports.recordAct({ tenant: by.tenant, by, act, target, refused: reason });
  }

  async #within(caller: Caller, asked: string | undefined): Promise<Caller> {
    if (caller.kind === 'subject' || asked === undefined) return caller;
    if (!caller.tenants.includes(asked)) throw new NotFoundException({ message: 'There is no such tenant on record.' });
    return { ...caller, principal: operatorIn(asked), tenants: [asked] };
  }
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
