-- The queue's operations: Redis runs each call of this script as one step
-- that nothing can come between. ARGV[1] names the operation, ARGV[2] the
-- lane that it is about ('' is the queue's own line), ARGV[3] the queue's
-- identity, where it is known: with another one the queue is not the same.
--
-- KEYS[1] "jobs:{name}" is a hash with the queue's version and pauses. All
-- other keys begin with it: the braces keep them in one slot of a cluster.
--   :job:ID      hash: the job
--   :line:0..2   stream for each priority, one entry a ready job; the group
--                "workers" has pending what was handed out and is not settled
--   :again:0..2  sorted set: pending entries that are free again, by place
--   :lanes       set: the names of the lanes. Of :line, :again and :work each
--                has its own, with ":" and its name behind; so have the
--                fields of its pause
--   :delayed     sorted set: waiting jobs that are not due, by due time
--   :leases      sorted set: running jobs, by the end of their lease
--   :all :finished  sorted sets: jobs by number; jobs that are over, by time
--   :key:KEY     string: job and digest of an idempotency key, for 24 hours
--   :outbox:NAME stream: milestones that wait to be taken over
--   :bell :work  streams of one entry, whose id is the queue's version: what
--                readers, and workers without work, block on
--
-- An entry is never added twice while its job lives: its place in the line
-- and its delivery count would be lost. A job that failed or was handed back
-- stays pending and is claimed in place.

local Q = KEYS[1]
local LANE, IDENTITY = ARGV[2], ARGV[3]
local call = redis.call
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local LINES = {0, 1, 2}
local GROUP = 'workers'
local KEY_LIFE = 24 * 60 * 60 * 1000

local function whole(number) return string.format('%.0f', number) end
local function job_key(id) return Q .. ':job:' .. id end
local function of_lane(key, lane)
  return lane == '' and key or key .. ':' .. lane
end
local function line_key(priority, lane)
  return of_lane(Q .. ':line:' .. priority, lane)
end
local function again_key(priority, lane)
  return of_lane(Q .. ':again:' .. priority, lane)
end

-- The queue's own line and all lanes.
local function lanes()
  local lanes = call('SMEMBERS', Q .. ':lanes')
  table.insert(lanes, '')
  return lanes
end

local function know(lane)
  if lane ~= '' then call('SADD', Q .. ':lanes', lane) end
end

-- Counts a change and wakes those that wait for one; with a lane, its workers,
-- too.
local function bump_version(lane)
  local version = call('HINCRBY', Q, 'version', 1)
  local entry = whole(version) .. '-0'
  call('XADD', Q .. ':bell', 'MAXLEN', 1, entry, 'v', version)
  if lane then
    local work = of_lane(Q .. ':work', lane)
    call('XADD', work, 'MAXLEN', 1, entry, 'v', version)
  end
  return version
end

-- The job's lane, if other workers wait until it is free.
local function waited_for(job) return job.lane ~= '' and job.lane or nil end

local function set(id, ...)
  call('HSET', job_key(id), 'changed_at', whole(now), ...)
end

local function read(id)
  local flat = call('HGETALL', job_key(id))
  if #flat == 0 then return nil end
  local job = {id = id, lane = ''}
  for i = 1, #flat, 2 do job[flat[i]] = flat[i + 1] end
  return job
end

-- Keeps a milestone of the job, whose fields were `before` until now, for
-- whoever empties its outbox.
local function keep_milestone(before)
  local job = read(before.id)
  if not job.outbox then return end
  local entry = {'job', job.id, 'run', before.token, 'lane', job.lane,
    'state', job.state, 'changed_at', job.changed_at}
  local sent = before.no_return == '1' or job.state == 'done'
  for name, value in pairs({reason = job.reason, begun_at = job.begun_at,
      progress = sent and job.progress or nil}) do
    table.insert(entry, name)
    table.insert(entry, value)
  end
  local number = whole(call('HINCRBY', Q, 'milestones', 1))
  call('XADD', Q .. ':outbox:' .. job.outbox, number .. '-0', unpack(entry))
  call('HINCRBY', job_key(job.id), 'milestones', 1)
end

-- Gives the job the last place in the line.
local function requeue(id, priority, lane)
  know(lane)
  local place = whole(bump_version(lane))
  call('XADD', line_key(priority, lane), place .. '-0', 'job', id)
  set(id, 'state', 'waiting', 'place', place)
end

-- Takes the job out of the line and out of every worker's hands.
local function leave_line(job)
  call('ZREM', Q .. ':delayed', job.id)
  call('ZREM', Q .. ':leases', job.id)
  call('ZREM', again_key(job.priority, job.lane), job.id)
  if job.place then
    local line, entry = line_key(job.priority, job.lane), job.place .. '-0'
    call('XACK', line, GROUP, entry)
    call('XDEL', line, entry)
    call('HDEL', job_key(job.id), 'place')
  end
end

-- Ends the job's time in the line, for good or until a person resends it.
local function finish(job, state, ...)
  leave_line(job)
  set(job.id, 'state', state, ...)
  if state == 'done' or state == 'cancelled' then
    call('ZADD', Q .. ':finished', whole(now), job.id)
  end
  keep_milestone(job)
end

-- Cuts what ends later than it can: the clock was set back since. A lease or
-- a pause lasts as long as it was given for, a retry waits five minutes.
local LONGEST_RETRY = 5 * 60 * 1000
local function shorten_what_lasts_too_long()
  local leases = call('ZRANGE', Q .. ':leases', 0, -1, 'WITHSCORES')
  for i = 1, #leases, 2 do
    local length = call('HGET', job_key(leases[i]), 'lease_length')
    local latest = now + tonumber(length or 60000)
    if tonumber(leases[i + 1]) > latest then
      call('ZADD', Q .. ':leases', whole(latest), leases[i])
    end
  end
  local paused_until = of_lane('paused_until', LANE)
  local pause = call('HMGET', Q, paused_until, of_lane('pause_length', LANE))
  local latest = now + tonumber(pause[2] or 60000)
  if tonumber(pause[1] or 0) > latest then
    call('HSET', Q, paused_until, whole(latest))
  end
  local late = call('ZRANGEBYSCORE', Q .. ':delayed',
    '(' .. whole(now + LONGEST_RETRY), '+inf')
  for _, id in ipairs(late) do
    if call('HEXISTS', job_key(id), 'place') == 1 then
      call('ZADD', Q .. ':delayed', whole(now + LONGEST_RETRY), id)
    end
  end
end

-- Takes back what overdue leases hold, and lets due jobs into the line.
local function sweep()
  shorten_what_lasts_too_long()
  local lost = call('ZRANGEBYSCORE', Q .. ':leases', '-inf', whole(now))
  for _, id in ipairs(lost) do
    local job = read(id)
    call('ZREM', Q .. ':leases', id)
    if job then
      local reason = 'worker ' .. job.worker
        .. ' was lost: its lease ran out'
      if job.no_return == '1' then
        finish(job, 'uncertain', 'reason', reason)
      elseif job.cancel_requested == '1' then
        finish(job, 'cancelled', 'reason', reason)
      elseif tonumber(job.attempts) >= tonumber(job.max_attempts) then
        finish(job, 'dead', 'reason', reason)
      else
        set(id, 'state', 'waiting', 'reason', reason)
        call('ZADD', again_key(job.priority, job.lane), job.place, id)
      end
      bump_version(job.lane)
    end
  end
  local due = {}
  local flat = call('ZRANGEBYSCORE', Q .. ':delayed', '-inf', whole(now),
    'WITHSCORES')
  for i = 1, #flat, 2 do
    table.insert(due, {id = flat[i], at = tonumber(flat[i + 1])})
  end
  table.sort(due, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return tonumber(a.id) < tonumber(b.id)
  end)
  for _, delayed in ipairs(due) do
    call('ZREM', Q .. ':delayed', delayed.id)
    local job = read(delayed.id)
    if job and job.place then
      call('ZADD', again_key(job.priority, job.lane), job.place, delayed.id)
      bump_version(job.lane)
    elseif job then
      requeue(delayed.id, job.priority, job.lane)
    end
  end
end

-- The next entry of the line that was handed to nobody.
local function read_new(line, worker)
  local ask = {'XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', 1, 'STREAMS',
    line, '>'}
  local fresh = redis.pcall(unpack(ask))
  if fresh and fresh.err then
    -- This is the first worker that the line ever had.
    call('XGROUP', 'CREATE', line, GROUP, '0', 'MKSTREAM')
    fresh = call(unpack(ask))
  end
  return fresh
end

-- ANCHOR: first
-- The first job that is due: what came back goes before what is new, for it
-- was there before.
local function first(worker)
  for _, priority in ipairs(LINES) do
    local line = line_key(priority, LANE)
    while true do
      local again = call('ZPOPMIN', again_key(priority, LANE))
      local id = again[1]
      if not id then
        local fresh = read_new(line, worker)
        if not fresh then break end
        local entry = fresh[1][2][1]
        id = entry[2][2]
        if call('EXISTS', job_key(id)) == 0 then
          call('XACK', line, GROUP, entry[1])
          call('XDEL', line, entry[1])
        end
      end
      local job = read(id)
      if job then return job, again[1] ~= nil end
    end
  end
end
-- ANCHOR_END: first

-- ANCHOR: free
-- Whether this worker may take a job: a lane with a name belongs to the worker
-- that holds one of its jobs.
local function is_free_for(worker)
  if LANE == '' then return true end
  for _, id in ipairs(call('ZRANGE', Q .. ':leases', 0, -1)) do
    local held = call('HMGET', job_key(id), 'lane', 'worker')
    if held[1] == LANE and held[2] ~= worker then return false end
  end
  return true
end
-- ANCHOR_END: free

local function standstill()
  local still = call('HMGET', Q, of_lane('paused_until', LANE),
    of_lane('halted', LANE), of_lane('pause_reason', LANE))
  return tonumber(still[1] or 0), still[2], still[3]
end

local function earliest(set_name)
  local head = call('ZRANGE', Q .. set_name, 0, 0, 'WITHSCORES')
  return tonumber(head[2])
end

-- Returns the job as a flat list, or the version at which there is nothing
-- to do and for how many milliseconds at most (-1: until something changes).
local function claim(worker, lease)
  sweep()
  local paused_until, halted = standstill()
  local job, again
  if paused_until <= now and not halted and is_free_for(worker) then
    job, again = first(worker)
  end
  if not job then
    local till
    for _, time in pairs({earliest(':delayed') or false,
        earliest(':leases') or false, paused_until > now and paused_until}) do
      if time and (not till or time < till) then till = time end
    end
    local version = call('HGET', Q, 'version') or '0'
    return {version, till and math.max(till - now, 1) or -1}
  end
  -- ANCHOR: hand-out
  local id, attempts = job.id, tonumber(job.attempts) + 1
  if again then
    call('XCLAIM', line_key(job.priority, LANE), GROUP, worker, 0,
      job.place .. '-0', 'RETRYCOUNT', attempts)
  end
  call('HINCRBY', job_key(id), 'token', 1)
  call('HDEL', job_key(id), 'reason', 'no_return', 'cancel_requested')
  set(id, 'state', 'running', 'attempts', attempts, 'worker', worker,
    'lease_length', whole(lease), 'begun_at', whole(now))
  call('ZADD', Q .. ':leases', whole(now + lease), id)
  bump_version()
  return call('HGETALL', job_key(id))
  -- ANCHOR_END: hand-out
end

-- ANCHOR: held
-- The fence: the job, if this claim still holds it.
local function held(id, token)
  local job = read(id)
  if job and job.state == 'running' and job.token == token then return job end
  return nil, redis.error_reply('LEASELOST the job is no longer held')
end
-- ANCHOR_END: held

local function signal(job) return job.cancel_requested == '1' and 1 or 0 end

local function not_possible(job)
  return redis.error_reply('NOTPOSSIBLE ' .. job.state)
end

-- Settles a claim. Back in the line goes what is neither cancelled nor out of
-- attempts.
local function settle(id, token, state, field, text, pause, attempts)
  local job, lost = held(id, token)
  if not job then
    -- To say the same twice is fine. What was to wait may not have had to.
    local before = read(id)
    if not before or before.token ~= token then return lost end
    if before.state == state then
      return state == 'waiting' and before.due_at or state
    end
    local over = before.state == 'cancelled' or before.state == 'dead'
    if state == 'waiting' and over then return before.state end
    return lost
  end
  if state == 'waiting' and job.cancel_requested == '1' then
    state = 'cancelled'
  elseif state == 'waiting'
    and tonumber(attempts) >= tonumber(job.max_attempts) then
    state = 'dead'
  end
  if state ~= 'waiting' then
    finish(job, state, field, text)
    bump_version(waited_for(job))
    return state
  end
  call('ZREM', Q .. ':leases', id)
  call('HDEL', job_key(id), 'no_return')
  set(id, 'state', 'waiting', field, text, 'attempts', attempts)
  if pause > 0 then
    set(id, 'due_at', whole(now + pause))
    call('ZADD', Q .. ':delayed', whole(now + pause), id)
  else
    call('ZADD', again_key(job.priority, job.lane), job.place, id)
  end
  bump_version(job.lane)
  return whole(now + pause)
end

local operation = {}
-- The place of an operation's first argument.
local FIRST = 4

-- Returns the queue's identity; the first one that is offered stays.
function operation.open(identity)
  redis.pcall('HSETNX', Q, 'identity', identity)
  return call('HGET', Q, 'identity') or ''
end

-- Ten arguments a job. First all keys are looked at, then all is written:
-- a script that fails half-way is not undone.
function operation.enqueue()
  local met = {}
  for i = FIRST, #ARGV, 10 do
    local key, digest = ARGV[i + 1], ARGV[i + 2]
    if key ~= '' then
      local seen = call('GET', Q .. ':key:' .. key)
      local id, first = '0', met[key]
      if seen then id, first = seen:match('^(%d+) (%x+)$') end
      if first and first ~= digest then
        return redis.error_reply('KEYREUSED ' .. id .. ' '
          .. math.floor((i - FIRST) / 10))
      end
      met[key] = digest
    end
  end
  local answer = {}
  for i = FIRST, #ARGV, 10 do
    local payload, key, digest, priority, delay, held, most, pause, reserved,
      outbox = unpack(ARGV, i, i + 9)
    local seen = key ~= '' and call('GET', Q .. ':key:' .. key)
    if seen then
      table.insert(answer, {tonumber(seen:match('^%d+')), 0})
    else
      local id = reserved
      if id == '' then id = whole(call('HINCRBY', Q, 'ids', 1)) end
      local due = whole(now + delay)
      set(id, 'id', id, 'state', held == '1' and 'held' or 'waiting',
        'payload', payload, 'priority', priority, 'attempts', 0,
        'max_attempts', most, 'first_retry', pause, 'token', 0,
        'queued_at', whole(now), 'due_at', due, 'lane', LANE)
      -- An empty text is one, too: a letter before it tells.
      if outbox ~= '' then set(id, 'outbox', outbox:sub(2)) end
      call('ZADD', Q .. ':all', id, id)
      if held == '1' then
        bump_version()
      elseif tonumber(delay) > 0 then
        call('ZADD', Q .. ':delayed', due, id)
        bump_version(LANE)
      else
        requeue(id, priority, LANE)
      end
      keep_milestone({id = id, token = '0'})
      if key ~= '' then
        call('SET', Q .. ':key:' .. key, id .. ' ' .. digest, 'PX', KEY_LIFE)
      end
      table.insert(answer, {tonumber(id), 1})
    end
  end
  return answer
end

function operation.reserve()
  return call('HINCRBY', Q, 'ids', 1)
end

function operation.claim(worker, lease)
  return claim(worker, tonumber(lease))
end

function operation.renew(id, token, lease)
  local job, lost = held(id, token)
  if not job then return lost end
  call('ZADD', Q .. ':leases', 'GT', whole(now + lease), id)
  local length = tonumber(job.lease_length or 0)
  call('HSET', job_key(id), 'lease_length',
    whole(math.max(length, tonumber(lease))))
  -- So that XPENDING shows how long nothing was heard of the worker.
  call('XCLAIM', line_key(job.priority, job.lane), GROUP, job.worker, 0,
    job.place .. '-0', 'JUSTID')
  return signal(job)
end

function operation.progress(id, token, note)
  local job, lost = held(id, token)
  if not job then return lost end
  set(id, 'progress', note)
  bump_version()
  return signal(job)
end

function operation.point_of_no_return(id, token, note)
  local job, lost = held(id, token)
  if not job then return lost end
  if job.no_return ~= '1' and signal(job) == 1 then
    return redis.error_reply('CANCELLED somebody cancelled the job')
  end
  set(id, 'progress', note, 'no_return', 1)
  bump_version()
  return 0
end

function operation.settle(id, token, state, field, text, pause, attempts)
  return settle(id, token, state, field, text, tonumber(pause), attempts)
end

function operation.complete_and_claim(id, token, note, worker, lease)
  local done = settle(id, token, 'done', 'progress', note)
  if type(done) == 'table' then return done end
  return claim(worker, tonumber(lease))
end

function operation.cancel(id)
  sweep()
  local job = read(id)
  if not job then return redis.error_reply('NOSUCHJOB no such job') end
  if job.state == 'done' then return not_possible(job) end
  if job.state == 'cancelled' then return 'cancelled' end
  if job.state == 'running' then
    set(id, 'cancel_requested', 1)
    bump_version()
    return 'running'
  end
  finish(job, 'cancelled')
  bump_version()
  return 'cancelled'
end

function operation.hold(id)
  local job = read(id)
  if not job then return redis.error_reply('NOSUCHJOB no such job') end
  if job.state ~= 'waiting' then return not_possible(job) end
  leave_line(job)
  set(id, 'state', 'held')
  bump_version()
  return 'OK'
end

function operation.release(id)
  local job = read(id)
  if not job then return redis.error_reply('NOSUCHJOB no such job') end
  if job.state ~= 'held' then return not_possible(job) end
  if tonumber(job.due_at) > now then
    set(id, 'state', 'waiting')
    call('ZADD', Q .. ':delayed', job.due_at, id)
    bump_version(job.lane)
  else
    requeue(id, job.priority, job.lane)
  end
  return 'OK'
end

-- What has a place in the line is there, or waits for a retry.
function operation.move_to(id, lane)
  sweep()
  local job = read(id)
  if not job then return redis.error_reply('NOSUCHJOB no such job') end
  if job.state == 'running' or job.state == 'done' then
    return not_possible(job)
  end
  if job.lane == lane then return 'OK' end
  if job.state == 'waiting' and not job.place then
    set(id, 'lane', lane)
    bump_version(lane)
    return 'OK'
  end
  leave_line(job)
  set(id, 'lane', lane)
  if job.state == 'waiting' then
    if tonumber(job.due_at) > now then set(id, 'due_at', whole(now)) end
    requeue(id, job.priority, lane)
  else
    bump_version()
  end
  return 'OK'
end

-- `note` is a letter and a text, or nothing.
function operation.resend(id, note)
  sweep()
  local job = read(id)
  if not job then return redis.error_reply('NOSUCHJOB no such job') end
  if job.state ~= 'dead' and job.state ~= 'uncertain'
    and job.state ~= 'cancelled' then return not_possible(job) end
  call('ZREM', Q .. ':finished', id)
  call('HDEL', job_key(id), 'no_return', 'cancel_requested')
  set(id, 'attempts', 0, 'due_at', whole(now))
  if note ~= '' then set(id, 'progress', note:sub(2)) end
  requeue(id, job.priority, job.lane)
  keep_milestone(job)
  -- What becomes of it from now on belongs to another run.
  call('HINCRBY', job_key(id), 'token', 1)
  return 'OK'
end

function operation.confirm(id, note)
  sweep()
  local job = read(id)
  if not job then return redis.error_reply('NOSUCHJOB no such job') end
  if job.state ~= 'uncertain' then return not_possible(job) end
  finish(job, 'done', 'progress', note)
  bump_version()
  return 'OK'
end

function operation.pause(reason, time)
  know(LANE)
  call('HSET', Q, of_lane('paused_until', LANE), whole(now + time),
    of_lane('pause_reason', LANE), reason,
    of_lane('pause_length', LANE), whole(time))
  bump_version(LANE)
  return 'OK'
end

-- A Redis without memory refuses a script whose first write takes some. To
-- take away comes first: a worker that must halt the queue then can.
function operation.halt(reason)
  local halted = of_lane('halted', LANE)
  call('HDEL', Q, halted)
  call('HSET', Q, halted, reason)
  know(LANE)
  bump_version(LANE)
  return 'OK'
end

function operation.resume()
  call('HDEL', Q, of_lane('halted', LANE), of_lane('paused_until', LANE))
  bump_version(LANE)
  return 'OK'
end

function operation.paused()
  local paused_until, halted, reason = standstill()
  return halted or paused_until > now and reason
end

function operation.declare_dead(names)
  for _, lane in ipairs(lanes()) do
    call('HDEL', Q, of_lane('paused_until', lane))
  end
  for _, id in ipairs(call('ZRANGE', Q .. ':leases', 0, -1)) do
    local worker = call('HGET', job_key(id), 'worker') or ''
    if worker:sub(1, #names) == names then
      call('ZADD', Q .. ':leases', 0, id)
    end
  end
  sweep()
  for _, lane in ipairs(lanes()) do bump_version(lane) end
  return 'OK'
end

-- Its only write takes memory, as that of a new job does.
function operation.check()
  call('HSET', Q, 'checked_at', whole(now))
  return 'OK'
end

function operation.job(id) return call('HGETALL', job_key(id)) end

function operation.enqueued(key) return call('GET', Q .. ':key:' .. key) end

function operation.jobs(limit)
  local jobs = {}
  local newest = call('ZREVRANGE', Q .. ':all', 0, limit - 1)
  for _, id in ipairs(newest) do
    table.insert(jobs, call('HGETALL', job_key(id)))
  end
  return jobs
end

function operation.pending()
  local jobs = {}
  local open = { waiting = true, held = true, running = true }
  for _, id in ipairs(call('ZREVRANGE', Q .. ':all', 0, -1)) do
    if open[call('HGET', job_key(id), 'state')] then
      table.insert(jobs, call('HGETALL', job_key(id)))
    end
  end
  return jobs
end

-- Each is the job as it was then, as a flat list.
function operation.outbox(name, limit)
  local milestones = {}
  local entries = call('XRANGE', Q .. ':outbox:' .. name, '-', '+', 'COUNT',
    limit)
  for _, entry in ipairs(entries) do
    local then_ = {number = entry[1]:match('^%d+')}
    for i = 1, #entry[2], 2 do then_[entry[2][i]] = entry[2][i + 1] end
    local job = read(then_.job)
    if job then
      for _, name in ipairs({'number', 'run', 'lane', 'state', 'changed_at',
          'reason', 'begun_at', 'progress'}) do
        job[name] = then_[name]
      end
      local flat = {}
      for name, value in pairs(job) do
        table.insert(flat, name)
        table.insert(flat, value)
      end
      table.insert(milestones, flat)
    end
  end
  return milestones
end

-- At most 1,000 at a time, so that others get their turn; returns how many.
function operation.clear_outbox(name, up_to)
  local outbox = Q .. ':outbox:' .. name
  local entries = call('XRANGE', outbox, '-', up_to, 'COUNT', 1000)
  for _, entry in ipairs(entries) do
    call('XDEL', outbox, entry[1])
    local key = job_key(entry[2][2])
    if call('HINCRBY', key, 'milestones', -1) <= 0 then
      call('HDEL', key, 'milestones')
    end
  end
  return #entries
end

-- At most 1,000 at a time, so that others get their turn.
function operation.forget_finished(older_than)
  local old = call('ZRANGEBYSCORE', Q .. ':finished', '-inf',
    whole(now - older_than), 'LIMIT', 0, 1000)
  local forgotten = 0
  for _, id in ipairs(old) do
    if call('HEXISTS', job_key(id), 'milestones') == 0 then
      call('DEL', job_key(id))
      call('ZREM', Q .. ':all', id)
      call('ZREM', Q .. ':finished', id)
      forgotten = forgotten + 1
    end
  end
  if forgotten > 0 then bump_version() end
  -- Names of workers that have gone: a day's silence, nothing in hand.
  for _, lane in ipairs(lanes()) do
    for _, priority in ipairs(LINES) do
      local line = line_key(priority, lane)
      -- A lane that nobody was served in has no group.
      local workers = redis.pcall('XINFO', 'CONSUMERS', line, GROUP)
      for _, flat in ipairs(workers) do
        local one = {}
        for i = 1, #flat, 2 do one[flat[i]] = flat[i + 1] end
        if one.pending == 0 and one.idle > KEY_LIFE then
          call('XGROUP', 'DELCONSUMER', line, GROUP, one.name)
        end
      end
    end
  end
  return forgotten
end

if IDENTITY ~= '' and call('HGET', Q, 'identity') ~= IDENTITY then
  return redis.error_reply('EMPTIED the queue of before is gone')
end
return operation[ARGV[1]](unpack(ARGV, FIRST, FIRST + 7))
