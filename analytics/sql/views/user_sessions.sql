CREATE OR REPLACE VIEW ${dataset}.user_sessions AS
SELECT
  session_id,
  user_email,
  created_at,
  last_active,
  conversation_count,
  preferences,
  metadata,
  status,
  uid,
  title,
  tags,
  change_seq
FROM (
  SELECT *
  FROM ${dataset}.user_sessions_changes
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uid, created_at, session_id
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
)
WHERE NOT deleted
