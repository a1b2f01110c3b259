/**
 * What both scripts begin with. Its time is the server's own, so that the clocks of those who ask do not matter; one clock
 * of whole microseconds, which a double holds exactly until the year 2255. `ARGV[1]` is empty except in tests.
 *
 * A ticket is what is kept of a reservation: its state (`open`, `running`, `done`), when it ends, the answer, the id, and
 * the charges that can be taken back, each `{kind, key, ...}`. `KEYS[1]` orders the open tickets of a tenant by their end:
 * Redis forgets a key that has expired but runs nothing then, so the next call gives back what was abandoned.
 *
 * The mark of a tenant's budgets says which server was told what was spent of them, and when. A budget counts
 * under this mark alone, and the mark on the server that it names alone. So a store that was emptied, restarted from an
 * older copy of itself or replaced by a replica has no budgets, all of them or none, until somebody tells it.
 *
 * Keys that a ticket names are not among `KEYS`; they are the tenant's, and so in the slot of those that are.
 */
export const MOMENT_LUA = `
local open, ticket = KEYS[1], KEYS[2]
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- Tickets worked off at most in one go, so that nobody waits long after an outage.
local SWEEP = 100

local take_back = {}

-- What has trickled back since the charge is not given a second time.
function take_back.rate(charge)
  local full, price, full_then = redis.call('GET', charge[2]), charge[3], charge[4]
  if not full then return end
  redis.call('SET', charge[2], full - math.max(math.min(price, full_then - now), 0), 'KEEPTTL')
end

function take_back.budget(charge)
  local held, cost, window = redis.call('GET', charge[2]), charge[3], charge[4]
  if not held then return end
  local index, used, mark = cmsgpack.unpack(held)
  if index ~= window or mark ~= charge[5] then return end
  redis.call('SET', charge[2], cmsgpack.pack(index, used - cost, mark), 'KEEPTTL')
end

function take_back.concurrent(charge, id)
  redis.call('ZREM', charge[2], id)
end

function take_back.identical(charge, id)
  local held = redis.call('GET', charge[2])
  if not held then return end
  local calls = cmsgpack.unpack(held)
  for at = #calls, 2, -1 do
    if calls[at] == id then table.remove(calls, at) break end
  end
  if #calls > 1 then redis.call('SET', charge[2], cmsgpack.pack(calls), 'KEEPTTL') else redis.call('DEL', charge[2]) end
end

local function abandon(name)
  local held = redis.call('GET', name)
  if held then
    local _, _, _, id, charges = cmsgpack.unpack(held)
    for _, charge in ipairs(charges) do take_back[charge[1]](charge, id) end
    redis.call('DEL', name)
  end
  redis.call('ZREM', open, name)
end

for _, name in ipairs(redis.call('ZRANGEBYSCORE', open, 0, now, 'LIMIT', 0, SWEEP)) do abandon(name) end
`;

/** For scripts that have to do with budgets: how long a mark is kept after the last use, and whose server this is. */
export const MARK_LUA = `
-- Thirty days, in ms.
local KEEP_MARK = 2592000000

local function server()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or 'unnamed'
end

-- A mark that begins so names the loss that somebody reads the record for now.
local function loss_here()
  return 'lost:' .. server() .. ':'
end

local function is_known(mark)
  if not mark then return false end
  local name = server()
  return string.sub(mark, 1, #name) == name
end
`;
