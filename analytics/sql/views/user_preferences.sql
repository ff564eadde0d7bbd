CREATE OR REPLACE VIEW ${dataset}.user_preferences AS
SELECT
  user_email,
  preferences,
  uid,
  created_at,
  change_seq
FROM (
  SELECT *
  FROM ${dataset}.user_preferences_changes
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uid, created_at
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
)
WHERE NOT deleted
