"""What the seen-set runs inside Redis, each script atomic.

KEYS[1] is the name that all keys begin with, ARGV[1] how many generations are kept, the last arguments are URL keys in
decimal. Lua's numbers are doubles, so a 64-bit key stays a string throughout; only its low 24 bits are worked out.
"""

from __future__ import annotations

_GENERATIONS = """
local prefix, kept = KEYS[1], tonumber(ARGV[1])
local newest = tonumber(redis.call('HGET', prefix, 'newest') or 1)
local buckets = {}
for generation = math.max(1, newest - kept + 1), newest do
  buckets[generation] = tonumber(redis.call('HGET', prefix, generation .. ':buckets') or 1)
end

-- The low 24 bits of a signed decimal, as two's complement has them: (high * 10^9 + low) mod 2^24 fits a double.
local function low_bits(key)
  local digits = string.gsub(key, '-', '')
  local high = tonumber(string.sub(digits, 1, -10)) or 0
  local low = tonumber(string.sub(digits, -9))
  local bits = ((high % 16777216) * (1000000000 % 16777216) + low) % 16777216
  if string.sub(key, 1, 1) == '-' then bits = (16777216 - bits) % 16777216 end
  return bits
end

local function level(count)  -- the greatest power of two that is not above count
  local power = 1
  while power * 2 <= count do power = power * 2 end
  return power
end

local function address(bits, count)
  local power = level(count)
  local bucket = bits % (power * 2)
  if bucket >= count then bucket = bits % power end
  return string.format('%d', bucket)
end

local function bucket_of(key, generation)
  return prefix .. ':' .. generation .. ':' .. address(low_bits(key), buckets[generation])
end

local function is_seen(key)
  for generation, _ in pairs(buckets) do
    if redis.call('SISMEMBER', bucket_of(key, generation), key) == 1 then return true end
  end
  return false
end

local function claim_of(key)
  return prefix .. ':claim:' .. key
end
"""

CLAIM = (
    _GENERATIONS
    + """
local owner, now, ttl = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local answers = {}
for i = 5, #ARGV do
  local key = ARGV[i]
  local name = claim_of(key)
  local claim = redis.call('GET', name)
  if is_seen(key) then
    answers[#answers + 1] = 2
  elseif claim and tonumber(string.match(claim, '^-?%d+')) > now then
    answers[#answers + 1] = 1
  else
    redis.call('SET', name, string.format('%.0f', now + ttl) .. ' ' .. owner, 'PX', ttl)
    answers[#answers + 1] = 0
  end
end
return answers
"""
)

CONFIRM = (
    _GENERATIONS
    + """
local keys_a_bucket = 200

local function add_all(name, members)
  for first = 1, #members, 1000 do  -- unpack takes some thousands at most
    redis.call('SADD', name, unpack(members, first, math.min(first + 999, #members)))
  end
end

-- Splits the next bucket in turn: members whose next bit is set go to the new bucket at the end. Both are written
-- anew, because a set that once outgrew the compact form never returns to it.
local function split()
  local count = buckets[newest]
  local source = prefix .. ':' .. newest .. ':' .. string.format('%d', count - level(count))
  local stay, go = {}, {}
  for _, member in ipairs(redis.call('SMEMBERS', source)) do
    if low_bits(member) % (level(count) * 2) == count then go[#go + 1] = member else stay[#stay + 1] = member end
  end
  if #go > 0 then
    redis.call('DEL', source)
    add_all(source, stay)
    add_all(prefix .. ':' .. newest .. ':' .. string.format('%d', count), go)
  end
  buckets[newest] = count + 1
end

local keys = tonumber(redis.call('HGET', prefix, newest .. ':keys') or 0)
local before = buckets[newest]
for i = 2, #ARGV do
  local key = ARGV[i]
  local added = redis.call('SADD', bucket_of(key, newest), key)  -- first: a full server refuses first writes only
  redis.call('DEL', claim_of(key))
  if added == 1 then
    keys = keys + 1
    for generation, _ in pairs(buckets) do
      if generation ~= newest then redis.call('SREM', bucket_of(key, generation), key) end
    end
    if keys > buckets[newest] * keys_a_bucket and buckets[newest] < 16777216 then split() end
  end
end
redis.call('HSET', prefix, newest .. ':keys', string.format('%d', keys))
if buckets[newest] ~= before then
  redis.call('HSET', prefix, newest .. ':buckets', string.format('%d', buckets[newest]))
end
return {}
"""
)

SEEN = (
    _GENERATIONS
    + """
local answers = {}
for i = 2, #ARGV do
  answers[#answers + 1] = is_seen(ARGV[i]) and 1 or 0
end
return answers
"""
)

ROTATE = (
    _GENERATIONS
    + """
redis.call('HSET', prefix, 'newest', string.format('%d', newest + 1))
local oldest = newest + 1 - kept
if oldest >= 1 then
  redis.call('HSET', prefix, oldest .. ':drop', redis.call('HGET', prefix, oldest .. ':buckets') or 1)
  redis.call('HDEL', prefix, oldest .. ':buckets', oldest .. ':keys')
end
return newest + 1
"""
)
