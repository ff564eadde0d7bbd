-- Removes a purged session of uid and its turns; tombstones stay.
DELETE FROM ${dataset}.user_sessions_changes
WHERE uid = @uid AND session_id = @session_id AND NOT deleted;

DELETE FROM ${dataset}.conversation_history_changes
WHERE uid = @uid AND session_id = @session_id AND NOT deleted
