-- How many rows of uid each table has up to a commit time (microseconds).
SELECT 'user_sessions_changes' AS table_name, COUNT(*) AS row_count
FROM ${dataset}.user_sessions_changes
WHERE uid = @uid AND change_seq <= @before
UNION ALL
SELECT 'conversation_history_changes' AS table_name, COUNT(*) AS row_count
FROM ${dataset}.conversation_history_changes
WHERE uid = @uid AND change_seq <= @before
UNION ALL
SELECT 'user_preferences_changes' AS table_name, COUNT(*) AS row_count
FROM ${dataset}.user_preferences_changes
WHERE uid = @uid AND change_seq <= @before
