import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { adminControllers } from '../admin.module.ts';
import { adminApi } from './document.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: object;
}
interface Operation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly $ref?: string } }> };
  readonly summary?: string;
}
interface Route {
  readonly method: string;
  readonly path: string;
  /** DTO classes of the handler's arguments. */
  readonly takes: readonly (new () => object)[];
}

/** Every route, read off the classes that Nest serves. */
const routes = adminControllers.flatMap((controller): readonly Route[] => {
  const base = String(Reflect.getMetadata('path', controller));
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const handler = Reflect.get(controller.prototype, name) as object;
    const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const own = String(Reflect.getMetadata('path', handler)).replace(/^\/$/, '');
    const path = `/${[base, own].filter(Boolean).join('/')}`.replaceAll(/:(\w+)/g, '{$1}');
    const types = Reflect.getMetadata(
      'design:paramtypes',
      controller.prototype as object,
      name,
    ) as (new () => object)[];
    const takes = types.filter((type) => /(Body|Query|Params)$/.test(type.name));
    return [{ method: (RequestMethod[method] as string).toLowerCase(), path, takes }];
  });
});

function checkedMembers(dto: new () => object): string[] {
  const all = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return [...new Set(all.map(({ propertyName }) => propertyName))].sort();
}

test('there are routes to speak of', () => expect(routes.length).toBeGreaterThan(15));

async function operationOf({ method, path }: Route): Promise<Operation> {
  const { paths } = await adminApi();
  const operation = (paths[path] as Record<string, Operation> | undefined)?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not in the document`);
  return operation;
}

const isBody = ({ name }: { readonly name: string }): boolean => name.endsWith('Body');

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  it('is told with the members of path and query that it checks', async () => {
    const { summary, parameters } = await operationOf(route);
    expect(summary).toMatch(/^[A-Z].{8,}$/);
    const told = parameters.map(({ name }) => name);
    expect(told).toEqual(expect.arrayContaining(route.takes.filter((dto) => !isBody(dto)).flatMap(checkedMembers)));
  });

  it('is told with the body that it checks', async () => {
    const { requestBody } = await operationOf(route);
    const body = route.takes.find(isBody);
    expect(requestBody?.content['application/json']?.schema.$ref).toBe(body && `#/components/schemas/${body.name}`);
    if (body === undefined) return;
    const { components } = await adminApi();
    const { properties } = components?.schemas?.[body.name] as { readonly properties: object };
    expect(Object.keys(properties).sort()).toEqual(checkedMembers(body));
  });
});

test('names nothing that no route has, and every schema of it says what it holds', async () => {
  const { paths, components, openapi } = await adminApi();
  expect(openapi).toMatch(/^3\./);
  const told = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  );
  expect(told.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  expect(JSON.stringify(components?.schemas)).not.toContain('{"type":"object","properties":{}}');
});
