CREATE OR REPLACE VIEW ${analysts}.user_preferences AS
SELECT
  user_key,
  preferences,
  opted_in_at
FROM ${dataset}.users_opted_in
