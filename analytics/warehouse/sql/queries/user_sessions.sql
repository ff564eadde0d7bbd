-- The view's rows of uid from one time to before another (microseconds), oldest first.
SELECT *
FROM ${dataset}.user_sessions
WHERE
  uid = @uid
  AND created_at >= TIMESTAMP_MICROS(@since)
  AND created_at < TIMESTAMP_MICROS(@until)
ORDER BY created_at, session_id
