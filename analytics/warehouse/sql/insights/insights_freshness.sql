CREATE OR REPLACE VIEW ${analysts}.insights_freshness AS
WITH changes AS (
  SELECT 'user_sessions' AS shape, uid, change_seq, exported_at
  FROM ${dataset}.user_sessions_changes
  UNION ALL
  SELECT 'conversation_history' AS shape, uid, change_seq, exported_at
  FROM ${dataset}.conversation_history_changes
  UNION ALL
  SELECT 'user_preferences' AS shape, uid, change_seq, exported_at
  FROM ${dataset}.user_preferences_changes
)
SELECT
  shape,
  TIMESTAMP_MICROS(MAX(change_seq)) AS latest_change_at,
  MAX(exported_at) AS latest_export_at
FROM changes
GROUP BY shape
HAVING COUNT(DISTINCT uid) >= ${k}
