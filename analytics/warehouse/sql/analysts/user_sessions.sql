CREATE OR REPLACE VIEW ${analysts}.user_sessions AS
-- Leaves out what was before the opt-in: a session begins with it, and only turns since then count.
WITH turns AS (
  SELECT user_key, session_id, COUNT(*) AS conversation_count, MAX(recorded_at) AS last_active, MAX(change_seq) AS change_seq
  FROM ${analysts}.conversation_history
  GROUP BY user_key, session_id
)
SELECT
  sessions.session_id,
  users.user_key,
  GREATEST(sessions.created_at, users.opted_in_at) AS created_at,
  COALESCE(turns.last_active, GREATEST(sessions.created_at, users.opted_in_at)) AS last_active,
  COALESCE(turns.conversation_count, 0) AS conversation_count,
  sessions.preferences,
  IF(sessions.created_at >= users.opted_in_at, sessions.metadata, NULL) AS metadata,
  sessions.status,
  GREATEST(sessions.change_seq, users.change_seq, COALESCE(turns.change_seq, 0)) AS change_seq,
  TIMESTAMP_MICROS(GREATEST(sessions.change_seq, users.change_seq, COALESCE(turns.change_seq, 0))) AS updated_at
FROM ${dataset}.user_sessions AS sessions
INNER JOIN ${dataset}.users_opted_in AS users ON users.uid = sessions.uid
LEFT JOIN turns ON turns.user_key = users.user_key AND turns.session_id = sessions.session_id
WHERE turns.session_id IS NOT NULL OR sessions.created_at >= users.opted_in_at
