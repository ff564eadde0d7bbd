CREATE OR REPLACE VIEW ${analysts}.user_preferences AS
SELECT
  user_key,
  preferences,
  opted_in_at,
  change_seq,
  TIMESTAMP_MICROS(change_seq) AS updated_at
FROM ${dataset}.users_opted_in
