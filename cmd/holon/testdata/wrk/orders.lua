-- Places orders, each with a key of its own. TOKEN signs them, RUN tells this run's keys from those of others.
local threads, thread, n = 0, 0, 0

function setup(t)
  t:set("thread", threads)
  threads = threads + 1
end

function request()
  n = n + 1
  return wrk.format("POST", "/orders", {
    ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = os.getenv("RUN") .. "-" .. thread .. "-" .. n,
  }, os.getenv("ORDER"))
end

function response(status)
  if status ~= 201 then
    io.stderr:write("status " .. status .. "\n")
    os.exit(1)
  end
end
