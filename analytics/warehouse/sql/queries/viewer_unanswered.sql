-- The turns counted for the viewer that have no answer, the latest first; at most so many, each with the
-- number of all. Turns of earlier releases do not tell: with a question and no answer they have none.
SELECT
  session_id,
  conversation_id,
  COUNT(*) OVER () AS total
FROM ${dataset}.conversation_history
WHERE
  ${counted_for_viewer}
  AND NOT COALESCE(answered, response IS NOT NULL OR query IS NULL)
ORDER BY timestamp DESC, session_id, conversation_id
LIMIT @limit
