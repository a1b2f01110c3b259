import type { UsedIds } from '@sallyport/contracts';
import { type AskOptions, createAsk } from './ask-redis.ts';
import { keysOf } from './counter-keys.ts';
import type { RedisClient } from './redis-client.ts';

export interface RedisUsedIdsOptions extends AskOptions {
  readonly client: Pick<RedisClient, 'set'>;
}

/** Used ids in Redis, shared by all who ask it. A store that is lost forgets them. */
export function createRedisUsedIds({ client, ...options }: RedisUsedIdsOptions): UsedIds {
  const asked = createAsk(options);
  return {
    async use(tenant, id, forMs) {
      const key = keysOf(tenant).used(id);
      return (await asked(() => client.set(key, '', 'PX', forMs, 'NX'))) === 'OK';
    },
  };
}
