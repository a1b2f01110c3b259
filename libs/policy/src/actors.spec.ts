import { readOf, uriFact } from '../test/notes.ts';
import { factsOf, getOrder, request, SHOP_TOOLS } from '../test/shop.ts';
import { compilePolicies } from './index.ts';

const planner = 'https://id.example|planner';
const helper = 'https://id.example|helper';
const text = `
  @id("all") permit (principal, action, resource);
  @id("reads") @hard forbid (principal, action, resource)
  when { context has actor && context.actor.id == "${planner}" && context.upstream == "orders" };
  @id("never") @hard forbid (principal, action, resource)
  when { context has actor && context.actor.chain.contains("https://id.example|rogue") };`;

describe.each(['cedar', 'closures'] as const)('who acts for a person, judged by %s', (engine) => {
  const result = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: SHOP_TOOLS, engine });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const { policies } = result;
  const subject = (actors?: readonly string[]) => ({
    ...{ id: 'alice', issuer: 'https://id.example', roles: [] },
    ...(actors && { actors }),
  });
  const judged = (actors?: readonly string[]) =>
    policies.authorize(request(getOrder, { subject: subject(actors), facts: factsOf([]) })).rules;

  it('is refused by rules that name it, and another is not', () => {
    expect(judged([planner])).toEqual(['reads']);
    expect(judged([helper, planner])).toEqual(['all']);
    expect(judged([helper, 'https://id.example|rogue'])).toEqual(['never']);
    expect(judged(['https://other.example|planner'])).toEqual(['all']);
    expect(judged()).toEqual(['all']);
    const read = { ...readOf(uriFact('note:///1')), subject: subject([planner]) };
    expect(policies.authorize(read).rules).toEqual(['all']);
  });

  it('sees what it could use, and is seen by rules about requests to clients', () => {
    expect(policies.visible(subject([planner]), getOrder)).toBe('never');
    expect(policies.visible(subject(), getOrder)).toBe('maybe');
  });

  it('is no text that could be anything', () => {
    expect(judged(['\ud800'])).toEqual([]);
  });
});

it('is read with `has` first', () => {
  const bare = '@id("p") permit (principal, action, resource) when { context.actor.id == "x" };';
  const result = compilePolicies({ files: [{ path: 'a.cedar', text: bare }], tools: SHOP_TOOLS });
  expect(result.ok ? [] : result.problems.map(({ message }) => message)).toEqual([expect.stringMatching(/actor/)]);
});
