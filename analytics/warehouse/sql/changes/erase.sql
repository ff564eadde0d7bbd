-- Removes the rows of uid up to a commit time (microseconds).
DELETE FROM ${dataset}.user_sessions_changes
WHERE uid = @uid AND change_seq <= @before;

DELETE FROM ${dataset}.conversation_history_changes
WHERE uid = @uid AND change_seq <= @before;

DELETE FROM ${dataset}.user_preferences_changes
WHERE uid = @uid AND change_seq <= @before
