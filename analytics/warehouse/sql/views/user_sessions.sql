CREATE OR REPLACE VIEW ${dataset}.user_sessions AS
WITH latest AS (
  SELECT *
  FROM ${dataset}.user_sessions_changes
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uid, created_at, session_id
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
),
erased AS (
  SELECT uid, MAX(before) AS before
  FROM ${dataset}.erasures
  GROUP BY uid
)
SELECT
  latest.session_id,
  latest.user_email,
  latest.created_at,
  latest.last_active,
  latest.conversation_count,
  latest.preferences,
  latest.metadata,
  latest.status,
  latest.uid,
  latest.title,
  latest.tags,
  latest.change_seq
FROM latest
LEFT JOIN erased ON erased.uid = latest.uid
WHERE NOT latest.deleted AND COALESCE(latest.change_seq > erased.before, TRUE)
