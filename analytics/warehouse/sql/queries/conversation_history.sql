-- The view's rows of uid from one time to before another (microseconds), oldest first.
SELECT *
FROM ${dataset}.conversation_history
WHERE
  uid = @uid
  AND timestamp >= TIMESTAMP_MICROS(@since)
  AND timestamp < TIMESTAMP_MICROS(@until)
ORDER BY timestamp, session_id, conversation_id
