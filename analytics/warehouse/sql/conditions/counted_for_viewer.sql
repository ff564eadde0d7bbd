-- Which turns insights count for a user: those from one time to before another (microseconds) that were recorded since
-- the user keeps turns, leaving out some sessions, and turns given as 'session_id/conversation_id'.
uid = @uid
AND timestamp >= TIMESTAMP_MICROS(@since)
AND timestamp < TIMESTAMP_MICROS(@until)
AND recorded_at >= TIMESTAMP_MICROS(@kept_since)
AND session_id NOT IN UNNEST(@without_sessions)
AND CONCAT(session_id, '/', conversation_id) NOT IN UNNEST(@without_turns)
