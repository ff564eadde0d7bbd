-- Hides the rows of uid up to a commit time (microseconds), whenever they arrive.
INSERT INTO ${dataset}.erasures (uid, before, erased_at)
SELECT @uid, @before, CURRENT_TIMESTAMP()
FROM (SELECT 1)
WHERE NOT EXISTS (
  SELECT 1
  FROM ${dataset}.erasures
  WHERE uid = @uid AND before >= @before
)
