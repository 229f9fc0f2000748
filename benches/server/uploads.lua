-- wrk -s uploads.lua URL -- FILES: posts the files of a list, a line each, again and again, each time with another tail, so that no two
-- are the same. Prints one line of JSON; only 201 is a success.
local files, n = {}, 0
refused = 0

function init(args)
  for line in io.lines(args[1]) do files[#files + 1] = line end
  math.randomseed(os.time())
  tail = tostring(math.random(1, 1e9))
end

function request()
  n = n + 1
  local file = io.open(files[(n - 1) % #files + 1], "rb")
  local bytes = file:read("*a")
  file:close()
  return wrk.format("POST", "/images?name=" .. n .. ".jpg", { ["Content-Type"] = "image/jpeg" }, bytes .. tail .. "-" .. n)
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function response(status)
  if status ~= 201 then refused = refused + 1 end
end

function done(summary, latency)
  local errors, wrong = summary.errors, 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("refused") end
  print(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + wrong))
end
