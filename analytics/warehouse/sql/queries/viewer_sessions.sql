-- The sessions with most of the turns that viewer_totals counts, the one used last first among equals; at most
-- so many.
SELECT
  session_id,
  COUNT(*) AS turns
FROM ${dataset}.conversation_history
WHERE
  uid = @uid
  AND timestamp >= TIMESTAMP_MICROS(@since)
  AND timestamp < TIMESTAMP_MICROS(@until)
  AND recorded_at >= TIMESTAMP_MICROS(@kept_since)
  AND session_id NOT IN UNNEST(@without_sessions)
  AND CONCAT(session_id, '/', conversation_id) NOT IN UNNEST(@without_turns)
GROUP BY session_id
ORDER BY turns DESC, MAX(timestamp) DESC, session_id
LIMIT @limit
