import { MOMENT_LUA } from './moment.lua.ts';

/**
 * Looks at any number of limits and charges all of them, or none.
 *
 * - `KEYS`: the tenant's open tickets, the reservation's ticket, then one counter per limit, all in one slot.
 * - `ARGV`: the time (tests only), the lease in microseconds, the reservation's id, then seven of each limit: kind, settle,
 *   max, period in microseconds, burst, cost, its id as JSON.
 * - Returns a `Reservation` as JSON: the first answer for this id, for as long as its ticket is kept.
 *
 * A counter is, by kind: when the bucket is full again (GCRA, ITU-T I.371); a window's index and sum; a sorted set of leases
 * by their end; the end of a window and the ids in it. Each expires by itself when it is as good as new.
 */
export const RESERVE_LUA = `${MOMENT_LUA}
local lease, id = tonumber(ARGV[2]), ARGV[3]
local FIRST, EACH = 3, 7
-- An abandoned reservation can be given back for this long after its lease, in ms: no budget window is longer.
local KEEP = lease / 1000 + 86400000
local NEVER = math.huge
-- Microseconds by which sums of fractions may be off, and parts of a sum of money.
local SLACK, ROUNDING = 1, 1e-6

local function ms(us)
  return math.max(math.ceil((us - SLACK / 2) / 1000), 0)
end

-- A sum of cents is not to be read as 0.30000000000000004.
local function rounded(amount)
  return math.floor(amount * 1e6 + 0.5) / 1e6
end

local judge, charge = {}, {}

function judge.rate(_, held, max, period, burst, cost)
  local debt = math.max((tonumber(held) or 0) - now, 0)
  if max <= 0 then return { wait = NEVER, before = 0, before_reset = ms(debt) } end
  local step = period / max
  -- More than a whole bucket can't be owed, except to a clock that was set back.
  debt = math.min(debt, step * burst)
  local owed = debt + step * cost
  local over = owed - step * burst
  local function left(us) return math.max(math.min(math.floor(burst - (us - SLACK) / step), burst), 0) end
  return {
    fits = cost <= burst and over <= SLACK,
    wait = cost > burst and NEVER or over,
    before = left(debt), before_reset = ms(debt),
    after = left(owed), after_reset = ms(owed),
    owed = owed, price = step * cost,
  }
end

function charge.rate(key, judged)
  local full = now + judged.owed
  redis.call('SET', key, full, 'PX', math.max(math.ceil(judged.owed / 1000), 1))
  return { 'rate', key, judged.price, full }
end

-- A clock that is set back must not open a fresh window, so a later one that is known stays.
function judge.budget(_, held, max, period, _, cost)
  local window, used = math.floor(now / period), 0
  if held then
    local index, sum = cmsgpack.unpack(held)
    if index >= window then window, used = index, sum end
  end
  local reset = (window + 1) * period - now
  return {
    fits = used + cost <= max + ROUNDING,
    wait = cost > max and NEVER or reset,
    before = rounded(max - used), before_reset = ms(reset),
    after = rounded(max - used - cost), after_reset = ms(reset),
    window = window, used = used + cost, cost = cost,
  }
end

function charge.budget(key, judged)
  redis.call('SET', key, cmsgpack.pack(judged.window, judged.used), 'PX', math.max(judged.after_reset, 1))
  return { 'budget', key, judged.cost, judged.window }
end

function judge.concurrent(key, _, max, period)
  redis.call('ZREMRANGEBYSCORE', key, 0, now)
  local used = redis.call('ZCARD', key)
  local fits = used + 1 <= max
  local wait = NEVER
  if not fits and max >= 1 then wait = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] - now end
  return {
    fits = fits, wait = wait,
    before = math.max(max - used, 0), before_reset = 0,
    after = max - used - 1, after_reset = 0,
    period = period,
  }
end

function charge.concurrent(key, judged)
  local ends = now + judged.period
  redis.call('ZADD', key, ends, id)
  redis.call('PEXPIRE', key, math.ceil(judged.period / 1000))
  return { 'concurrent', key, ends }
end

function judge.identical(_, held, max, period)
  local calls = held and cmsgpack.unpack(held)
  if not calls or calls[1] <= now then calls = { now + period } end
  local used, left = #calls - 1, calls[1] - now
  return {
    fits = used + 1 <= max,
    wait = max < 1 and NEVER or left,
    before = math.max(max - used, 0), before_reset = used > 0 and ms(left) or 0,
    after = max - used - 1, after_reset = ms(left),
    calls = calls, left = left,
  }
end

function charge.identical(key, judged)
  local calls = judged.calls
  calls[#calls + 1] = id
  redis.call('SET', key, cmsgpack.pack(calls), 'PX', math.max(math.ceil(judged.left / 1000), 1))
  return { 'identical', key }
end

local function keep(state, answer, charges, px)
  redis.call('SET', ticket, cmsgpack.pack(state, now + lease, answer, id, charges), 'PX', px)
  return answer
end

local function status(i, remaining, reset)
  local form = remaining % 1 == 0 and '{"id":%s,"remaining":%.0f,"resetMs":%d}' or '{"id":%s,"remaining":%.6f,"resetMs":%d}'
  return string.format(form, ARGV[FIRST + i * EACH], remaining, reset)
end

-- <callId>/<guard> names its call.
local function earlier(judged)
  local last = judged.calls and judged.calls[2] and judged.calls[#judged.calls]
  return last and ',"earlier":' .. cjson.encode(string.match(last, '^[^/]*')) or ''
end

local held = redis.call('MGET', unpack(KEYS, 2))
if held[1] then
  local _, ends, answer = cmsgpack.unpack(held[1])
  if ends > now then return answer end
  abandon(ticket)
  held = redis.call('MGET', unpack(KEYS, 2))
end

local n, all, refused_by, longest = #KEYS - 2, {}, nil, -1
for i = 1, n do
  local at = FIRST + (i - 1) * EACH
  local max, period, burst, cost = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
  local judged = judge[ARGV[at + 1]](KEYS[i + 2], held[i + 1], max, period, burst, cost)
  all[i] = judged
  if not judged.fits and judged.wait > longest then refused_by, longest = i, judged.wait end
end

local statuses = {}
if refused_by then
  for i = 1, n do statuses[i] = status(i, all[i].before, all[i].before_reset) end
  local retry = longest == NEVER and 'null' or string.format('%d', ms(longest))
  return keep('done', string.format('{"ok":false,"refusedBy":%d,"retryMs":%s%s,"statuses":[%s]}',
    refused_by - 1, retry, earlier(all[refused_by]), table.concat(statuses, ',')), {}, lease / 1000)
end

local charges = {}
for i = 1, n do
  local at = FIRST + (i - 1) * EACH
  statuses[i] = status(i, all[i].after, all[i].after_reset)
  local made = charge[ARGV[at + 1]](KEYS[i + 2], all[i])
  -- An attempt stays charged whatever is decided; a lease ends with its call.
  if ARGV[at + 2] == 'use' or ARGV[at + 1] == 'concurrent' then charges[#charges + 1] = made end
end
local answer = '{"ok":true,"statuses":[' .. table.concat(statuses, ',') .. ']}'
if #charges == 0 then return keep('done', answer, charges, lease / 1000) end
redis.call('ZADD', open, now + lease, ticket)
redis.call('PEXPIRE', open, KEEP)
return keep('open', answer, charges, KEEP)
`;
