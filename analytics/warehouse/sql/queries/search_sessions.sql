-- Sessions of uid whose title contains every pattern, newest first, strictly before the position
-- (before_time, before_session, before_id), in which a session has the id ''. It reads every
-- version; callers match the current record again.
SELECT DISTINCT
  session_id,
  created_at
FROM ${dataset}.user_sessions_changes AS session
WHERE
  session.uid = @uid
  AND session.created_at >= TIMESTAMP_MICROS(@since)
  AND session.created_at <= TIMESTAMP_MICROS(@before_time)
  AND (
    session.created_at < TIMESTAMP_MICROS(@before_time)
    OR session.session_id < @before_session
    OR (session.session_id = @before_session AND '' < @before_id)
  )
  AND NOT session.deleted
  AND (
    SELECT LOGICAL_AND(STRPOS(session.search_text, pattern) > 0)
    FROM UNNEST(@patterns) AS pattern
  )
ORDER BY created_at DESC, session_id DESC
LIMIT @limit
