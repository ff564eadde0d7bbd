-- Removes a month's tombstones from before `before` that hide nothing any more (the month is from
-- `since` to before `until`; all in microseconds).
DELETE FROM ${dataset}.user_sessions_changes AS tombstone
WHERE
  tombstone.created_at >= TIMESTAMP_MICROS(@since)
  AND tombstone.created_at < TIMESTAMP_MICROS(@until)
  AND tombstone.deleted
  AND GREATEST(UNIX_MICROS(tombstone.exported_at), tombstone.change_seq) < @before
  AND NOT EXISTS (
    SELECT 1
    FROM ${dataset}.user_sessions_changes AS hidden
    WHERE
      hidden.created_at >= TIMESTAMP_MICROS(@since)
      AND hidden.created_at < TIMESTAMP_MICROS(@until)
      AND hidden.uid = tombstone.uid
      AND hidden.created_at = tombstone.created_at
      AND hidden.session_id = tombstone.session_id
      AND NOT hidden.deleted
  )
  -- The tombstone of a session hides its turns too, of whatever month.
  AND NOT EXISTS (
    SELECT 1
    FROM ${dataset}.conversation_history_changes AS turn
    WHERE turn.uid = tombstone.uid AND turn.session_id = tombstone.session_id AND NOT turn.deleted
  );

DELETE FROM ${dataset}.conversation_history_changes AS tombstone
WHERE
  tombstone.timestamp >= TIMESTAMP_MICROS(@since)
  AND tombstone.timestamp < TIMESTAMP_MICROS(@until)
  AND tombstone.deleted
  AND GREATEST(UNIX_MICROS(tombstone.exported_at), tombstone.change_seq) < @before
  AND NOT EXISTS (
    SELECT 1
    FROM ${dataset}.conversation_history_changes AS hidden
    WHERE
      hidden.timestamp >= TIMESTAMP_MICROS(@since)
      AND hidden.timestamp < TIMESTAMP_MICROS(@until)
      AND hidden.uid = tombstone.uid
      AND hidden.timestamp = tombstone.timestamp
      AND hidden.session_id = tombstone.session_id
      AND hidden.conversation_id = tombstone.conversation_id
      AND NOT hidden.deleted
  );

DELETE FROM ${dataset}.user_preferences_changes AS tombstone
WHERE
  tombstone.created_at >= TIMESTAMP_MICROS(@since)
  AND tombstone.created_at < TIMESTAMP_MICROS(@until)
  AND tombstone.deleted
  AND GREATEST(UNIX_MICROS(tombstone.exported_at), tombstone.change_seq) < @before
  AND NOT EXISTS (
    SELECT 1
    FROM ${dataset}.user_preferences_changes AS hidden
    WHERE
      hidden.created_at >= TIMESTAMP_MICROS(@since)
      AND hidden.created_at < TIMESTAMP_MICROS(@until)
      AND hidden.uid = tombstone.uid
      AND hidden.created_at = tombstone.created_at
      AND NOT hidden.deleted
  )
