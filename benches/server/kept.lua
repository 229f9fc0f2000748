-- wrk -s kept.lua URL -- FILES PAUSE ACKNOWLEDGED: posts the files of a list as uploads.lua does, a variant asked for with every fourth, and
-- writes the id and digest of each image that was acknowledged to a file. Prints one line of JSON.
local files, n, acknowledged = {}, 0, nil
counts = {}

function init(args)
  for line in io.lines(args[1]) do
    local file = io.open(line, "rb")
    files[#files + 1] = file:read("*a")
    file:close()
  end
  local pause = tonumber(args[2])
  delay = function() return math.random(0, 2 * pause) end
  acknowledged = io.open(args[3], "w")
  tail = args[3]
end

function request()
  n = n + 1
  local path = "/images?name=" .. n .. ".jpg" .. (n % 4 == 0 and "&transform=resize:100x100,webp" or "")
  return wrk.format("POST", path, { ["Content-Type"] = "image/jpeg" }, files[(n - 1) % #files + 1] .. tail .. "-" .. n)
end

function response(status, headers, body)
  counts[status] = (counts[status] or 0) + 1
  if status == 201 or status == 202 then
    -- Of an answer with jobs the image comes first or last, and its own id stands beside its name.
    local digest = body:match('"digest":"(%x+)"')
    acknowledged:write(digest or "?", "\n")
    acknowledged:flush()
  end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
  local errors, parts = summary.errors, {}
  for status, count in pairs(threads[1]:get("counts")) do parts[#parts + 1] = string.format('"%d": %d', status, count) end
  print(string.format(
    '{"seconds": %f, "statuses": {%s}, "all_p50": %f, "all_p99": %f, "broken": %d, "timeouts": %d}', summary.duration / 1e6,
    table.concat(parts, ", "), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors.connect + errors.read + errors.write,
    errors.timeout))
end
