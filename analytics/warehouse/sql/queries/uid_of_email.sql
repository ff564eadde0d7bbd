-- The uid to filter the other views by: a filter on uid prunes, one on an e-mail address scans.
SELECT DISTINCT uid
FROM ${dataset}.user_preferences
WHERE user_email = @email
ORDER BY uid
