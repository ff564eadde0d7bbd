-- Removes all versions except the latest of some turns of uid, given as
-- 'session_id/conversation_id', with timestamps between two times (microseconds, both inclusive).
DELETE FROM ${dataset}.conversation_history_changes AS earlier
WHERE
  earlier.uid = @uid
  AND earlier.timestamp BETWEEN TIMESTAMP_MICROS(@since) AND TIMESTAMP_MICROS(@until)
  AND CONCAT(earlier.session_id, '/', earlier.conversation_id) IN UNNEST(@keys)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.conversation_history_changes AS later
    WHERE
      later.uid = @uid
      AND later.timestamp BETWEEN TIMESTAMP_MICROS(@since) AND TIMESTAMP_MICROS(@until)
      AND later.session_id = earlier.session_id
      AND later.conversation_id = earlier.conversation_id
      AND later.timestamp = earlier.timestamp
      AND (
        later.change_seq > earlier.change_seq
        OR (later.change_seq = earlier.change_seq AND later.deleted AND NOT earlier.deleted)
      )
  )
