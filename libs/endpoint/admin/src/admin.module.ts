import { type DynamicModule, Module } from '@nestjs/common';
import { ADMIN_PORTS, type AdminPorts } from './admin-ports.ts';
import { ApprovalsController } from './approvals/approvals.controller.ts';
import { AdminEntry } from './auth/admin-entry.ts';
import { AdminAuthHook } from './auth/admin.auth-hook.ts';
import { ADMIN_RULES, type AdminRules } from './auth/admin-rules.ts';
import { createPace } from './auth/pace.ts';
import { CallsController } from './calls/calls.controller.ts';
import { ConnectionsController } from './connections/connections.controller.ts';
import { DefinitionsController } from './definitions/definitions.controller.ts';
import { ToolsController } from './definitions/tools.controller.ts';
import { ErasuresController } from './erasures/erasures.controller.ts';
import { EventFeed } from './events/event-feed.ts';
import { EventReader } from './events/event-reader.ts';
import { EventsController } from './events/events.controller.ts';
import { SystemController } from './system/system.controller.ts';
import { TextsController } from './system/texts.controller.ts';
import { ADMIN_API, createAdminApi } from './openapi/admin-api.ts';
import { OpenApiController } from './openapi/openapi.controller.ts';
import { SwitchesController } from './tenants/switches.controller.ts';
import { TenantsController } from './tenants/tenants.controller.ts';

type Needed = 'checkHost' | 'failures';

export interface AdminOptions extends Partial<Omit<AdminRules, Needed>>, Pick<AdminRules, Needed> {
  readonly ports: AdminPorts;
}

/** Every controller of the admin API; the document is made from the same list. */
export const adminControllers = [
  SystemController,
  TextsController,
  EventsController,
  CallsController,
  ApprovalsController,
  DefinitionsController,
  ToolsController,
  TenantsController,
  SwitchesController,
  ConnectionsController,
  ErasuresController,
  OpenApiController,
] as const;

/** What they ask to be given. */
export const adminNeeds = [ADMIN_PORTS, ADMIN_RULES, ADMIN_API, EventReader, EventFeed] as const;

/** The admin API under `/admin/v1`. */
@Module({})
export class AdminModule {
  static register({
    ports,
    checkHost,
    failures,
    operatorToken = null,
    adminRole = 'admin',
    systemTenant = null,
    pace = createPace(),
  }: AdminOptions): DynamicModule {
    const rules: AdminRules = { operatorToken, adminRole, systemTenant, checkHost, failures, pace };
    return {
      module: AdminModule,
      controllers: [...adminControllers],
      providers: [
        { provide: ADMIN_PORTS, useValue: ports },
        { provide: ADMIN_RULES, useValue: rules },
        { provide: ADMIN_API, useValue: createAdminApi(adminControllers, adminNeeds) },
        AdminEntry,
        AdminAuthHook,
        EventReader,
        EventFeed,
      ],
    };
  }
}
