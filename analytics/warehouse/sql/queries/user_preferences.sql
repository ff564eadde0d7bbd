-- What the view shows of uid.
SELECT *
FROM ${dataset}.user_preferences
WHERE uid = @uid
