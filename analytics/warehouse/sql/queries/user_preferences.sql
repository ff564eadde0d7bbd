-- The view's row of uid.
SELECT *
FROM ${dataset}.user_preferences
WHERE uid = @uid
