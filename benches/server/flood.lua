-- wrk -s flood.lua URL -- PATHS PAUSE: asks for the paths of a file, a line each, in their order, and pauses for so many milliseconds
-- after each answer of a connection. Tells the answers apart by their status: how many, and how long the successes took, as far as
-- the server sends back the id of each request. Prints one line of JSON.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } moment; int clock_gettime(int, moment *);")
local moment = ffi.new("moment")
local function now()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.s) * 1e3 + tonumber(moment.ns) / 1e6
end

local paths, n, began = {}, 0, {}
-- Not local: read when all is done.
counts, successes = {}, {}

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  local pause = tonumber(args[2])
  -- Not all at once in the beginning.
  delay = function() return math.random(0, 2 * pause) end
end

function request()
  n = n + 1
  began[n] = now()
  return wrk.format("GET", paths[(n - 1) % #paths + 1], { ["X-Request-Id"] = tostring(n) })
end

function response(status, headers)
  counts[status] = (counts[status] or 0) + 1
  local id = tonumber(headers["x-request-id"] or headers["X-Request-Id"])
  if id and began[id] then
    if status == 200 then successes[#successes + 1] = now() - began[id] end
    began[id] = nil
  end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
  local errors, parts = summary.errors, {}
  for status, count in pairs(threads[1]:get("counts")) do parts[#parts + 1] = string.format('"%d": %d', status, count) end
  local sorted = threads[1]:get("successes")
  table.sort(sorted)
  local at = function(part) return sorted[math.max(1, math.ceil(#sorted * part))] or 0 end
  print(string.format(
    '{"seconds": %f, "statuses": {%s}, "timed": %d, "p50": %f, "p99": %f, "all_p50": %f, "all_p99": %f, "broken": %d, "timeouts": %d}',
    summary.duration / 1e6, table.concat(parts, ", "), #sorted, at(0.5), at(0.99), latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.connect + errors.read + errors.write, errors.timeout))
end
