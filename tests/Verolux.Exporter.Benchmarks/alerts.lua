-- wrk -s alerts.lua URL -- repeat|new FILE AUTHORIZATION RUN
-- repeat: each line of FILE is a body, sent in turn. new: FILE is one body of at most a hundred alerts in which @@@@@@@@00 to @@@@@@@@99 stand for what makes
-- each of them unlike every other; a run's two digits, a thread's one and a count of five take the place of the first eight characters.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function requestOf(body)
  return wrk.format("POST", nil, nil, body)
end

function init(args)
  local kind, file, authorization, run = args[1], args[2], args[3], args[4]
  wrk.headers["Content-Type"] = "application/json"
  if authorization ~= "" then
    wrk.headers["Authorization"] = authorization
  end
  if kind == "repeat" then
    requests, at = {}, 0
    for line in io.lines(file) do
      requests[#requests + 1] = requestOf(line)
    end
    request = nextRepeat
  else
    parts, holes, count, prefix = {}, {}, 0, run .. number
    local text = requestOf(io.open(file):read("*l"))
    local from = 1
    for start, digit, stop in text:gmatch("()@@@@@@@@(%d%d)()") do
      parts[#parts + 1] = text:sub(from, start - 1)
      parts[#parts + 1] = ""
      holes[#holes + 1] = { #parts, digit }
      from = stop
    end
    parts[#parts + 1] = text:sub(from)
    request = nextNew
  end
end

function nextRepeat()
  at = at % #requests + 1
  return requests[at]
end

function nextNew()
  count = count + 1
  local stem = string.format("%s%05d", prefix, count)
  for i = 1, #holes do
    local hole = holes[i]
    parts[hole[1]] = stem .. hole[2]
  end
  return table.concat(parts)
end

-- wrk looks for it before init has run.
request = nextRepeat

function done(summary)
  local errors = summary.errors
  io.write(string.format("result %d %d %d %d\n", summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
