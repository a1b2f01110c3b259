import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ApiTags } from './describe.ts';
import { Act } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { ADMIN_API, type AdminApi } from './admin-api.ts';

/**
 * The document of this API. It holds no secret, but asks for a token like everything here: one rule for the whole path is
 * easier to keep than one with an exception, and a stranger need not learn what could be tried.
 */
@ApiTags('system')
@Controller('admin/v1/openapi.json')
@UseGuards(AdminAuthHook)
export class OpenApiController {
  readonly #api: AdminApi;

  constructor(@Inject(ADMIN_API) api: AdminApi) {
    this.#api = api;
  }

  @Get()
  @Act('openapi.read', { who: 'anyone', says: 'This document' })
  document(): Promise<OpenAPIObject> {
    return this.#api();
  }
}
