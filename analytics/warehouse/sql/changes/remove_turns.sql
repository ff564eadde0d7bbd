-- Removes every version of the turns of uid at some positions, with a timestamp between two times
-- (microseconds, both inclusive).
DELETE FROM ${dataset}.conversation_history_changes
WHERE
  uid = @uid
  AND timestamp BETWEEN TIMESTAMP_MICROS(@since) AND TIMESTAMP_MICROS(@until)
  AND CONCAT(
    uid, ' ', session_id, ' ', conversation_id, ' ',
    LPAD(CAST(UNIX_MICROS(timestamp) AS STRING), 20, '0')
  ) IN UNNEST(@keys)
