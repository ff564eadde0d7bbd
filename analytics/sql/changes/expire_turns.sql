-- Removes the turns of uid that were recorded before a time (microseconds). A turn's timestamp is at
-- most a day after its recording, so later partitions are not read.
DELETE FROM ${dataset}.conversation_history_changes
WHERE
  uid = @uid
  AND recorded_at < TIMESTAMP_MICROS(@recorded_before)
  AND timestamp < TIMESTAMP_MICROS(@recorded_before + 86400000000)
  AND NOT deleted
