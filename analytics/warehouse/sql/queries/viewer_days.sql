-- For each day (UTC), how many of the turns that viewer_totals counts it has.
SELECT
  DATE(timestamp) AS day,
  COUNT(*) AS turns
FROM ${dataset}.conversation_history
WHERE
  uid = @uid
  AND timestamp >= TIMESTAMP_MICROS(@since)
  AND timestamp < TIMESTAMP_MICROS(@until)
  AND recorded_at >= TIMESTAMP_MICROS(@kept_since)
  AND session_id NOT IN UNNEST(@without_sessions)
  AND CONCAT(session_id, '/', conversation_id) NOT IN UNNEST(@without_turns)
GROUP BY day
ORDER BY day
