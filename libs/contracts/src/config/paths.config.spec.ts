import { argumentName, argumentPath, textOfDefinition, valuePointer } from './paths.config.ts';

const messageOf = (answer: { error?: { issues: { message: string }[] } | undefined }) =>
  answer.error?.issues[0]?.message;

it.each([
  ['plan.from', '/plan/from'],
  ['$.plan.from', '/plan/from'],
  ['#/plan/from', '/plan/from'],
  ['plan/from', '/plan/from'],
  ['steps[*].from', '/steps/*/from'],
  ['steps[].from', '/steps/*/from'],
  ['steps.*.from', '/steps/*/from'],
  ['steps[0].from', '/steps/0/from'],
  ['*', '/*'],
  ['ids*', '/ids*'],
  [' id', '/id'],
  ['/plan/from/', '/plan/from'],
  ['/plan~from', '/plan~0from'],
])('refuses the path %j and says how to write it', (path, meant) => {
  expect(messageOf(argumentPath.safeParse(path))).toBe(`${JSON.stringify(path)} is no path: write ${meant}`);
});

it.each(['order_id', 'order-id', '$filter', '/plan/from', '/steps/*/from', '/a~1b/c~0d', '/plan.from', '注文'])(
  'takes the path %s',
  (path) => expect(argumentPath.safeParse(path).success).toBe(true),
);

it.each([
  ['amount', '/amount'],
  ['/items/*/amount', '/items/0/amount'],
  ['$.amount', '/amount'],
])('refuses %j as a pointer to one value', (pointer, meant) => {
  expect(messageOf(valuePointer.safeParse(pointer))).toBe(
    `${JSON.stringify(pointer)} is no JSON Pointer to one value: write ${meant}`,
  );
});

it.each(['/order_id', 'ids[0]', '*'])('refuses %j as the name of an argument', (name) => {
  expect(messageOf(argumentName.safeParse(name))).toContain('write it without / and *');
});

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
