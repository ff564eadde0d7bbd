-- The turns that viewer_totals counts and that have no answer, the latest first; at most so many, each with the
-- number of all. Turns of earlier releases do not tell: with a question and no answer they have none.
SELECT
  session_id,
  conversation_id,
  COUNT(*) OVER () AS total
FROM ${dataset}.conversation_history
WHERE
  uid = @uid
  AND timestamp >= TIMESTAMP_MICROS(@since)
  AND timestamp < TIMESTAMP_MICROS(@until)
  AND recorded_at >= TIMESTAMP_MICROS(@kept_since)
  AND session_id NOT IN UNNEST(@without_sessions)
  AND CONCAT(session_id, '/', conversation_id) NOT IN UNNEST(@without_turns)
  AND NOT COALESCE(answered, response IS NOT NULL OR query IS NULL)
ORDER BY timestamp DESC, session_id, conversation_id
LIMIT @limit
