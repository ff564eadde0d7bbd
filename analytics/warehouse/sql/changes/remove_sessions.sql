-- Removes every version of the sessions of uid at some positions, with created_at between two times
-- (microseconds, both inclusive).
DELETE FROM ${dataset}.user_sessions_changes
WHERE
  uid = @uid
  AND created_at BETWEEN TIMESTAMP_MICROS(@since) AND TIMESTAMP_MICROS(@until)
  AND CONCAT(uid, ' ', session_id, ' ', LPAD(CAST(UNIX_MICROS(created_at) AS STRING), 20, '0')) IN UNNEST(@keys)
