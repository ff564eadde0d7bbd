CREATE OR REPLACE VIEW ${dataset}.accounts AS
-- The users who have an account; guests, of whom one person can be several, have neither key nor address.
WITH latest AS (
  SELECT uid, user_key, user_email
  FROM ${dataset}.user_preferences
  QUALIFY ROW_NUMBER() OVER (PARTITION BY uid ORDER BY change_seq DESC) = 1
)
SELECT uid
FROM latest
WHERE user_key IS NOT NULL OR user_email IS NOT NULL
