-- Removes a month's rows that a later version supersedes (from `since` to before `until`, in
-- microseconds).
DELETE FROM ${dataset}.user_sessions_changes AS earlier
WHERE
  earlier.created_at >= TIMESTAMP_MICROS(@since)
  AND earlier.created_at < TIMESTAMP_MICROS(@until)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.user_sessions_changes AS later
    WHERE
      later.created_at >= TIMESTAMP_MICROS(@since)
      AND later.created_at < TIMESTAMP_MICROS(@until)
      AND later.uid = earlier.uid
      AND later.created_at = earlier.created_at
      AND later.session_id = earlier.session_id
      AND (
        later.change_seq > earlier.change_seq
        OR (
          later.change_seq = earlier.change_seq
          AND (
            (later.deleted AND NOT earlier.deleted)
            OR (later.deleted = earlier.deleted AND later.exported_at > earlier.exported_at)
          )
        )
      )
  );

DELETE FROM ${dataset}.conversation_history_changes AS earlier
WHERE
  earlier.timestamp >= TIMESTAMP_MICROS(@since)
  AND earlier.timestamp < TIMESTAMP_MICROS(@until)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.conversation_history_changes AS later
    WHERE
      later.timestamp >= TIMESTAMP_MICROS(@since)
      AND later.timestamp < TIMESTAMP_MICROS(@until)
      AND later.uid = earlier.uid
      AND later.timestamp = earlier.timestamp
      AND later.session_id = earlier.session_id
      AND later.conversation_id = earlier.conversation_id
      AND (
        later.change_seq > earlier.change_seq
        OR (
          later.change_seq = earlier.change_seq
          AND (
            (later.deleted AND NOT earlier.deleted)
            OR (later.deleted = earlier.deleted AND later.exported_at > earlier.exported_at)
          )
        )
      )
  );

DELETE FROM ${dataset}.user_preferences_changes AS earlier
WHERE
  earlier.created_at >= TIMESTAMP_MICROS(@since)
  AND earlier.created_at < TIMESTAMP_MICROS(@until)
  AND EXISTS (
    SELECT 1
    FROM ${dataset}.user_preferences_changes AS later
    WHERE
      later.created_at >= TIMESTAMP_MICROS(@since)
      AND later.created_at < TIMESTAMP_MICROS(@until)
      AND later.uid = earlier.uid
      AND later.created_at = earlier.created_at
      AND (
        later.change_seq > earlier.change_seq
        OR (
          later.change_seq = earlier.change_seq
          AND (
            (later.deleted AND NOT earlier.deleted)
            OR (later.deleted = earlier.deleted AND later.exported_at > earlier.exported_at)
          )
        )
      )
  )
