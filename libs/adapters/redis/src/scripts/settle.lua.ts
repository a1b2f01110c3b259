import { MOMENT_LUA } from './moment.lua.ts';

/**
 * Keeps or gives back what a reservation was charged. A second settlement of the same kind, or of an id that was never
 * heard of, changes nothing.
 *
 * - `KEYS`: the tenant's open tickets, the reservation's ticket.
 * - `ARGV`: the time (tests only), the outcome.
 */
export const SETTLE_LUA = `${MOMENT_LUA}
local outcome = ARGV[2]
local held = redis.call('GET', ticket)
if not held then return end
local state, ends, answer, id, charges = cmsgpack.unpack(held)
if state == 'done' or ends <= now then return end
if state == 'open' then redis.call('ZREM', open, ticket) end

local leases = {}
for _, charge in ipairs(charges) do
  if charge[1] == 'concurrent' then
    if outcome ~= 'allowed' then take_back.concurrent(charge, id)
    elseif charge[3] > now then
      leases[#leases + 1] = charge
      ends = math.max(ends, charge[3])
    end
  elseif state == 'open' and outcome == 'refused' then
    take_back[charge[1]](charge, id)
  end
end
state = #leases > 0 and 'running' or 'done'
redis.call('SET', ticket, cmsgpack.pack(state, ends, answer, id, leases), 'PX', math.ceil((ends - now) / 1000))
`;
