-- What the view shows of uid between two times (microseconds, the second exclusive), oldest first.
SELECT *
FROM ${dataset}.conversation_history
WHERE
  uid = @uid
  AND timestamp >= TIMESTAMP_MICROS(@since)
  AND timestamp < TIMESTAMP_MICROS(@until)
ORDER BY timestamp, session_id, conversation_id
