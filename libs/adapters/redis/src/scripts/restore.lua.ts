import { MARK_LUA } from './moment.lua.ts';

/**
 * Tells all that was spent of a tenant's budgets. Changes nothing where this server was told before, or was lost once more
 * since the record was begun to be read.
 *
 * - `KEYS`: the mark of the tenant's budgets, then one counter per budget.
 * - `ARGV`: the time in microseconds (tests only), a name for the mark that nobody else takes, the loss or nothing, then
 *   three of each budget: period in microseconds, index of the window, sum.
 */
export const RESTORE_LUA = `${MARK_LUA}
local held = redis.call('GET', KEYS[1])
if is_known(held) or ARGV[3] ~= '' and held ~= ARGV[3] then return end
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local mark = server() .. ':' .. ARGV[2]
for i = 2, #KEYS do
  local at = 3 * (i - 2) + 3
  local period, window, sum = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local left = (window + 1) * period - now
  if left > 0 then redis.call('SET', KEYS[i], cmsgpack.pack(window, sum, mark), 'PX', math.ceil(left / 1000)) end
end
redis.call('SET', KEYS[1], mark, 'PX', KEEP_MARK)
`;
