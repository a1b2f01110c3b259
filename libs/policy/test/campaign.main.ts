// Compares the closures with Cedar on random policy sets and requests, until so many decisions agree or one does not.
// Exit code 1 with the smallest policies found, the request and the seed that shows it again.
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { AccessRequest } from '@sallyport/contracts';
import fc from 'fast-check';
import type { Slice } from '../src/slice.ts';
import { compare, objectOf, sliceFor } from './agreement.ts';
import { policy } from './generators.ts';
import { probe, requests } from './request-generators.ts';
import { mcpPolicy, mcpRequests } from './mcp-generators.ts';

const { values } = parseArgs({
  options: {
    decisions: { type: 'string', default: '1e5' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});
const aim = Number(values.decisions);
const firstSeed = Number(values.seed);
if (!(aim > 0) || !Number.isSafeInteger(firstSeed))
  throw new Error('--decisions is a number above 0, --seed an integer');

const universes = [
  { policy, requests: requests([probe]) },
  { policy: mcpPolicy, requests: mcpRequests },
];
const seen = { compared: 0, unsure: 0, broken: 0, allowed: 0, unshown: 0 };

/** Cuts a policy set once for each kind of request. */
function slicerOf(policies: readonly PolicyJson[]): (asked: AccessRequest) => Slice {
  const cuts = new Map<string, Slice>();
  return function sliceOf(asked) {
    const { tool, action } = asked;
    const key = JSON.stringify([tool.upstream, tool.kind, tool.name, action, objectOf(asked).type]);
    const slice = cuts.get(key) ?? sliceFor(policies, asked);
    cuts.set(key, slice);
    return slice;
  };
}

function agree(slice: Slice, asked: AccessRequest): void {
  const found = compare(slice, asked);
  if (!found) return void seen.unshown++;
  const { cedar, closures } = found;
  if (!closures) return void seen.unsure++;
  seen.compared++;
  seen.broken += Number(cedar.broken);
  seen.allowed += Number(cedar.allow);
  if (!isDeepStrictEqual(cedar, closures)) throw new Error(JSON.stringify({ cedar, closures, asked }));
}

for (let seed = firstSeed; seen.compared < aim; seed++) {
  for (const universe of universes) {
    const pool = fc.sample(universe.requests, { seed, numRuns: 32 });
    const property = fc.property(fc.array(universe.policy, { minLength: 1, maxLength: 3 }), (policies) => {
      const sliceOf = slicerOf(policies);
      for (const asked of pool) agree(sliceOf(asked), asked);
    });
    const result = fc.check(property, { seed, numRuns: 250 });
    if (!result.failed) continue;
    console.log(`closures and Cedar differ; shown again by --seed ${seed}`);
    console.log(JSON.stringify(result.counterexample, null, 2));
    console.log(String(result.errorInstance));
    process.exit(1);
  }
  const perSecond = Math.round((seen.compared * 1e6) / process.cpuUsage().user);
  console.log(`seed ${seed}: ${JSON.stringify(seen)}, ${perSecond} a second of CPU`);
}
