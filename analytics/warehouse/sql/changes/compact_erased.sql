-- Removes a month's rows from before their user's erasure (from `since` to before `until`, in
-- microseconds).
DELETE FROM ${dataset}.user_sessions_changes AS old
WHERE
  old.created_at >= TIMESTAMP_MICROS(@since)
  AND old.created_at < TIMESTAMP_MICROS(@until)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.erasures
    WHERE erasures.uid = old.uid AND erasures.before >= old.change_seq
  );

DELETE FROM ${dataset}.conversation_history_changes AS old
WHERE
  old.timestamp >= TIMESTAMP_MICROS(@since)
  AND old.timestamp < TIMESTAMP_MICROS(@until)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.erasures
    WHERE erasures.uid = old.uid AND erasures.before >= old.change_seq
  );

DELETE FROM ${dataset}.user_preferences_changes AS old
WHERE
  old.created_at >= TIMESTAMP_MICROS(@since)
  AND old.created_at < TIMESTAMP_MICROS(@until)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.erasures
    WHERE erasures.uid = old.uid AND erasures.before >= old.change_seq
  )
