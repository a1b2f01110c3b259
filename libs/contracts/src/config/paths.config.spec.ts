import { textOfDefinition } from './paths.config.ts';

test.each(['/description', '/_meta/build', '/inputSchema/properties/a/description', '/outputSchema/title'])(
  '%s is a text of a definition',
  (pointer) => {
    expect(textOfDefinition.safeParse(pointer).success).toBe(true);
  },
);

test.each([
  '/inputSchema',
  '/inputSchema/properties/title',
  '/inputSchema/dependentSchemas/description',
  '/inputSchema/dependentRequired/title',
  '/inputSchema/const/title',
  '/annotations/title',
])('%s binds, or is none', (pointer) => {
  expect(textOfDefinition.safeParse(pointer).success).toBe(false);
});
