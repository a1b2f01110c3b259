import 'reflect-metadata';
import { jest } from '@jest/globals';

const notThere = new Error('Swagger was asked for');
const swagger = jest.fn<() => never>(() => {
  throw notThere;
});
jest.unstable_mockModule('@nestjs/swagger', swagger);
const { adminApi } = await import('./document.ts');

it('Swagger is loaded when the document is asked for, not with the controllers', async () => {
  expect(swagger).not.toHaveBeenCalled();
  await expect(adminApi()).rejects.toBe(notThere);
});
