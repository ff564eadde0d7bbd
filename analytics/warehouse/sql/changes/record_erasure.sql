-- Hides what uid had up to a commit time (microseconds), whenever it arrives.
INSERT INTO ${dataset}.erasures (uid, before, erased_at)
SELECT @uid, @before, CURRENT_TIMESTAMP()
FROM (SELECT 1)
WHERE NOT EXISTS (
  SELECT 1
  FROM ${dataset}.erasures
  WHERE uid = @uid AND before >= @before
)
