import { type InjectionToken, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { describeTo } from './describe.ts';

/** The OpenAPI document, made when it is first asked for. */
export type AdminApi = () => Promise<OpenAPIObject>;

/** Injection token of the document. */
export const ADMIN_API = Symbol('admin api');

/** A module of the same controllers, which is read and never run. */
@Module({})
class Described {}

/**
 * The OpenAPI 3 document of the admin API, read off the controllers and their DTOs: what the routes check is what it says.
 *
 * @param controllers every controller of the API
 * @param needs what they ask to be given
 */
export function createAdminApi(controllers: readonly Type[], needs: readonly InjectionToken[]): AdminApi {
  let made: Promise<OpenAPIObject> | undefined;
  async function make(): Promise<OpenAPIObject> {
    const swagger = await import('@nestjs/swagger');
    describeTo(swagger);
    // In preview mode nothing is instantiated; that what is asked for is there is checked all the same.
    const providers = needs.map((provide) => ({ provide, useValue: null }));
    const module = { module: Described, controllers: [...controllers], providers };
    const options = { preview: true, logger: false, abortOnError: false } as const;
    const app = await NestFactory.create(module, new FastifyAdapter(), options);
    const about = new swagger.DocumentBuilder()
      .setTitle('Sallyport admin API')
      .setDescription(DESCRIPTION)
      .setVersion('1')
      .addBearerAuth()
      .build();
    return swagger.SwaggerModule.createDocument(app, about);
  }
  return () => (made ??= make());
}

const DESCRIPTION =
  'Bearer token: the operator’s, or a user’s. `x-who` says who may: `admin` of their own tenant, `anyone` with a token ' +
  '(a finer rule follows), `system` for what concerns every tenant. Members that a route does not take are refused.';
