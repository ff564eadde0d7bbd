-- Removes a turn of uid, whose timestamp (microseconds) never changes; tombstones stay.
DELETE FROM ${dataset}.conversation_history_changes
WHERE
  uid = @uid
  AND timestamp = TIMESTAMP_MICROS(@timestamp)
  AND session_id = @session_id
  AND conversation_id = @conversation_id
  AND NOT deleted
