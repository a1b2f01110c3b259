import { type Config, type Finding, perSecond } from '@sallyport/contracts';
import { createPlaces, createTokenBuckets } from '@sallyport/base';

/** A larger bucket is checked as if it held this much. */
const MOST_TOKENS = 20;
const hint = 'Sallyport itself is at fault: please report this.';

/** Empties one bucket of each kind, dry, and takes all places for subscriptions: one more than there are must be refused. */
export function checkFloods({ floods }: Pick<Config, 'floods'>): readonly Finding[] {
  const { subscriptions, ...buckets } = floods;
  return [...Object.entries(buckets).map(checkBucket), checkPlaces(subscriptions)];
}

function checkBucket([name, { rate, burst }]: [string, Config['floods']['attempts']]): Finding {
  const size = { rate: perSecond(rate), burst: Math.min(burst, MOST_TOKENS) };
  const buckets = createTokenBuckets({ monotonic: () => 0 }, () => size);
  const waits = Array.from({ length: size.burst + 1 }, () => buckets.take('self-check'));
  const fires = waits.findIndex((wait) => wait > 0) === size.burst;
  const detail = `${rate.count} in ${rate.periodMs} ms, ${burst} at once`;
  return { about: `floods/${name}`, fires, detail, hint };
}

function checkPlaces(subscriptions: number): Finding {
  const most = Math.min(subscriptions, MOST_TOKENS);
  const places = createPlaces(most);
  const taken = Array.from({ length: most + 1 }, () => places.take('self-check'));
  const fires = taken.indexOf(null) === most;
  return { about: 'floods/subscriptions', fires, detail: `${subscriptions} at a time`, hint };
}
