CREATE OR REPLACE VIEW ${dataset}.user_preferences AS
WITH latest AS (
  SELECT *
  FROM ${dataset}.user_preferences_changes
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uid, created_at
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
),
erased AS (
  SELECT uid, MAX(before) AS before
  FROM ${dataset}.erasures
  GROUP BY uid
)
SELECT
  latest.user_email,
  latest.preferences,
  latest.uid,
  latest.created_at,
  latest.change_seq,
  latest.user_key,
  latest.opted_in_at
FROM latest
LEFT JOIN erased ON erased.uid = latest.uid
WHERE NOT latest.deleted AND COALESCE(latest.change_seq > erased.before, TRUE)
