-- Turns of uid whose text has every pattern, newest first, strictly before the position
-- (before_time, before_session, before_id); with a model, only those that it answered. It reads every
-- version, because a filter on uid and time does not reach below the view's window on session;
-- callers match the current record again.
SELECT DISTINCT
  session_id,
  conversation_id,
  timestamp
FROM ${dataset}.conversation_history_changes AS turn
WHERE
  turn.uid = @uid
  AND turn.timestamp >= TIMESTAMP_MICROS(@since)
  AND turn.timestamp <= TIMESTAMP_MICROS(@before_time)
  AND (
    turn.timestamp < TIMESTAMP_MICROS(@before_time)
    OR turn.session_id < @before_session
    OR (turn.session_id = @before_session AND turn.conversation_id < @before_id)
  )
  AND NOT turn.deleted
  AND (@model IS NULL OR turn.model = @model)
  AND (
    SELECT LOGICAL_AND(STRPOS(turn.search_text, pattern) > 0)
    FROM UNNEST(@patterns) AS pattern
  )
ORDER BY timestamp DESC, session_id DESC, conversation_id DESC
LIMIT @limit
