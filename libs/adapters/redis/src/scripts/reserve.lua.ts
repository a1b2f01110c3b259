import { MOST_BUSY_MS } from '@sallyport/contracts';
import { MARK_LUA, MOMENT_LUA } from './moment.lua.ts';

/**
 * Looks at any number of limits and charges all of them, or none.
 *
 * - `KEYS`: the tenant's open tickets, the reservation's ticket, the mark of its budgets, then one counter per limit, all in
 *   one slot.
 * - `ARGV`: the time (tests only), the lease in microseconds, the reservation's id, the limits' ids as a JSON list, then six
 *   of each limit: kind, settle, max, period in microseconds, burst, cost.
 * - Returns JSON: `[refusedBy, retryMs, earlier, ids, [remaining, resetMs, ...]]`, `refusedBy` -1 where all fit. It is the
 *   first answer for this id, for as long as its ticket is kept. `unknown` and the name of the loss where a limit is a budget and nobody told what was
 *   spent; nothing is charged then.
 *
 * A counter is, by kind: when the bucket is full again (GCRA, ITU-T I.371); a window's index, its sum and the mark under which it counts; a sorted set of leases
 * by their end; the end of a window and the ids in it. Each expires by itself when it is as good as new.
 *
 * A judge gives, in this order: the wait in microseconds; remaining and reset without the charge; the same with it; and
 * what the charge needs. A plain list, since a table with names takes four times as long to make.
 */
export const RESERVE_LUA = `${MOMENT_LUA}${MARK_LUA}
local lease, id = tonumber(ARGV[2]), ARGV[3]
local FIRST, EACH = 4, 6
-- An abandoned reservation can be given back for this long after its lease, in ms: no budget window is longer.
local KEEP = lease / 1000 + 86400000
local FITS, NEVER = -1, math.huge
-- Microseconds by which sums of fractions may be off, and parts of a sum of money.
local SLACK, ROUNDING = 1, 1e-6
local ceil, floor, max, min = math.ceil, math.floor, math.max, math.min
local call, pack, unpacked = redis.call, cmsgpack.pack, cmsgpack.unpack

local function ms(us)
  return us > SLACK and ceil((us - SLACK / 2) / 1000) or 0
end

-- A sum of cents is not to be read as 0.30000000000000004.
local function rounded(amount)
  return floor(amount * 1e6 + 0.5) / 1e6
end

local judge, charge = {}, {}
local mark

function judge.rate(_, held, most, period, burst, cost)
  local debt = max((tonumber(held) or 0) - now, 0)
  if most <= 0 then return NEVER, 0, ms(debt), 0, 0 end
  local step = period / most
  -- More than a whole bucket can't be expected, except to a clock that was set back.
  debt = min(debt, step * burst)
  local price = step * cost
  local expected = debt + price
  local over = expected - step * burst
  local wait = cost > burst and NEVER or over > SLACK and over or FITS
  local before = max(min(floor(burst - (debt - SLACK) / step), burst), 0)
  local after = max(min(floor(burst - (expected - SLACK) / step), burst), 0)
  return wait, before, ms(debt), after, ms(expected), expected, price
end

function charge.rate(key, expected, price)
  call('SET', key, now + expected, 'PX', max(ceil(expected / 1000), 1))
  return { 'rate', key, price, now + expected }
end

-- A clock that is set back must not open a fresh window, so a later one that is known stays.
function judge.budget(_, held, most, period, _, cost)
  local window, used = floor(now / period), 0
  if held then
    local index, sum, under = unpacked(held)
    if under == mark and index >= window then window, used = index, sum end
  end
  local left = (window + 1) * period - now
  local wait = used + cost <= most + ROUNDING and FITS or cost > most and NEVER or left
  return wait, rounded(most - used), ms(left), rounded(most - used - cost), ms(left), { window, used + cost, cost }, left
end

function charge.budget(key, sum, left)
  call('SET', key, pack(sum[1], sum[2], mark), 'PX', max(ceil(left / 1000), 1))
  call('PEXPIRE', KEYS[3], KEEP_MARK)
  return { 'budget', key, sum[3], sum[1], mark }
end

function judge.concurrent(key, _, most, period)
  call('ZREMRANGEBYSCORE', key, 0, now)
  local used = call('ZCARD', key)
  local wait = FITS
  if most < 1 then wait = NEVER
  elseif used + 1 > most then
    wait = min(call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] - now, ${MOST_BUSY_MS * 1000})
  end
  return wait, max(most - used, 0), 0, most - used - 1, 0, period
end

function charge.concurrent(key, period)
  call('ZADD', key, now + period, id)
  call('PEXPIRE', key, ceil(period / 1000))
  return { 'concurrent', key, now + period }
end

function judge.identical(_, held, most, period)
  local calls = held and unpacked(held)
  if not calls or calls[1] <= now then calls = { now + period } end
  local used, left = #calls - 1, calls[1] - now
  local wait = most < 1 and NEVER or used + 1 > most and left or FITS
  return wait, max(most - used, 0), used > 0 and ms(left) or 0, most - used - 1, ms(left), calls, left
end

function charge.identical(key, calls, left)
  calls[#calls + 1] = id
  call('SET', key, pack(calls), 'PX', max(ceil(left / 1000), 1))
  return { 'identical', key }
end

local function keep(state, px, charges, head, statuses)
  local answer = '[' .. head .. ',' .. ARGV[4] .. ',[' .. table.concat(statuses, ',') .. ']]'
  call('SET', ticket, pack(state, now + lease, answer, id, charges), 'PX', px)
  return answer
end

-- <callId>/<guard> names its call.
local function earlier(kind, calls)
  if kind ~= 'identical' or not calls[2] then return 'null' end
  return cjson.encode(string.match(calls[#calls], '^[^/]*'))
end

local held = call('MGET', unpack(KEYS, 2))
if held[1] then
  local _, ends, answer = unpacked(held[1])
  if ends > now then return answer end
  abandon(ticket)
  held = call('MGET', unpack(KEYS, 2))
end

local n, all, refused_by, longest = #KEYS - 3, {}, 0, FITS
mark = held[2]
for i = 1, n do
  if ARGV[FIRST + (i - 1) * EACH + 1] == 'budget' then
    if not is_known(mark) then
      local loss = loss_here()
      if not mark or string.sub(mark, 1, #loss) ~= loss then
        mark = loss .. id
        call('SET', KEYS[3], mark, 'PX', KEEP_MARK)
      end
      return 'unknown' .. mark
    end
    break
  end
end
for i = 1, n do
  local at = FIRST + (i - 1) * EACH
  local judged = { judge[ARGV[at + 1]](KEYS[i + 3], held[i + 2],
    tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])) }
  all[i] = judged
  if judged[1] > longest then refused_by, longest = i, judged[1] end
end

local statuses = {}
if refused_by > 0 then
  for i = 1, n do statuses[i * 2 - 1], statuses[i * 2] = all[i][2], all[i][3] end
  local retry = longest == NEVER and 'null' or ms(longest)
  local named = earlier(ARGV[FIRST + (refused_by - 1) * EACH + 1], all[refused_by][6])
  return keep('done', lease / 1000, {}, (refused_by - 1) .. ',' .. retry .. ',' .. named, statuses)
end

local charges = {}
for i = 1, n do
  local at, judged = FIRST + (i - 1) * EACH, all[i]
  statuses[i * 2 - 1], statuses[i * 2] = judged[4], judged[5]
  local made = charge[ARGV[at + 1]](KEYS[i + 3], judged[6], judged[7])
  -- An attempt stays charged whatever is decided; a lease ends with its call.
  if ARGV[at + 2] == 'use' or ARGV[at + 1] == 'concurrent' then charges[#charges + 1] = made end
end
if #charges == 0 then return keep('done', lease / 1000, charges, '-1,0,null', statuses) end
call('ZADD', open, now + lease, ticket)
call('PEXPIRE', open, KEEP)
return keep('open', KEEP, charges, '-1,0,null', statuses)
`;
