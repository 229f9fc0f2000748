-- wrk -s paths.lua URL -- PATHS [PAUSE]: asks for the paths of a file, a line each, in their order; with a pause of so many milliseconds
-- after each answer of a connection. Prints one line of JSON.
local paths, next_path, pause = {}, 0, nil

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = wrk.format("GET", line) end
  pause = tonumber(args[2])
  if pause then delay = function() return pause end end
end

function request()
  next_path = next_path % #paths + 1
  return paths[next_path]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
