-- The sessions with most of the turns counted for the viewer, the one used last first among equals; at most
-- so many.
SELECT
  session_id,
  COUNT(*) AS turns
FROM ${dataset}.conversation_history
WHERE ${counted_for_viewer}
GROUP BY session_id
ORDER BY turns DESC, MAX(timestamp) DESC, session_id
LIMIT @limit
