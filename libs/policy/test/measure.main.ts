// Prints how long one `authorize` takes by each engine: the median over many calls of the shop, in microseconds.
import { compilePolicies } from '../src/compile-policies.ts';
import { factsOf, getOrder, orderOf, request, SHOP_POLICIES, SHOP_TOOLS } from './shop.ts';

const CALLS = 5_000;
const cases = {
  allowed: request(getOrder),
  'denied not_owner': request(getOrder, { facts: factsOf([orderOf('mallory')]) }),
  'denied bulk_argument': request(getOrder, { facts: factsOf([orderOf('alice')], { bulk: 3 }) }),
};

for (const engine of ['cedar', 'closures'] as const) {
  const compiled = compilePolicies({ files: [{ path: 'shop.cedar', text: SHOP_POLICIES }], tools: SHOP_TOOLS, engine });
  if (!compiled.ok) throw new Error('the shop compiles');
  for (const [name, asked] of Object.entries(cases)) {
    const answer = compiled.policies.authorize(asked);
    const times = Array.from({ length: CALLS }, () => {
      const began = performance.now();
      compiled.policies.authorize(asked);
      return performance.now() - began;
    }).sort((a, b) => a - b);
    const median = ((times[CALLS / 2] ?? 0) * 1_000).toFixed(1);
    console.log(`${engine.padEnd(9)} ${name.padEnd(21)} ${answer.effect.padEnd(6)} ${median} µs`);
  }
}
