-- What the view shows of uid between two times (microseconds, the second exclusive), oldest first.
SELECT *
FROM ${dataset}.user_sessions
WHERE
  uid = @uid
  AND created_at >= TIMESTAMP_MICROS(@since)
  AND created_at < TIMESTAMP_MICROS(@until)
ORDER BY created_at, session_id
