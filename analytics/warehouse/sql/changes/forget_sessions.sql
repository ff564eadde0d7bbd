-- Removes all versions except the latest of some sessions of uid, which were created between two
-- times (microseconds, both inclusive).
DELETE FROM ${dataset}.user_sessions_changes AS earlier
WHERE
  earlier.uid = @uid
  AND earlier.created_at BETWEEN TIMESTAMP_MICROS(@since) AND TIMESTAMP_MICROS(@until)
  AND earlier.session_id IN UNNEST(@keys)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.user_sessions_changes AS later
    WHERE
      later.uid = @uid
      AND later.created_at BETWEEN TIMESTAMP_MICROS(@since) AND TIMESTAMP_MICROS(@until)
      AND later.session_id = earlier.session_id
      AND later.created_at = earlier.created_at
      AND (
        later.change_seq > earlier.change_seq
        OR (later.change_seq = earlier.change_seq AND later.deleted AND NOT earlier.deleted)
      )
  )
