CREATE OR REPLACE VIEW ${dataset}.users_opted_in AS
WITH latest AS (
  SELECT uid, user_key, opted_in_at, preferences, change_seq
  FROM ${dataset}.user_preferences
  QUALIFY ROW_NUMBER() OVER (PARTITION BY uid ORDER BY change_seq DESC) = 1
)
SELECT uid, user_key, opted_in_at, preferences, change_seq
FROM latest
WHERE user_key IS NOT NULL AND opted_in_at IS NOT NULL
