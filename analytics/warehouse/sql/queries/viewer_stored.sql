-- For each day (UTC) on which any of the turns that viewer_totals counts was recorded, how many were, and the bytes of
-- their texts in UTF-8.
SELECT
  DATE(recorded_at) AS day,
  COUNT(*) AS turns,
  SUM(
    COALESCE(BYTE_LENGTH(query), 0)
    + COALESCE(BYTE_LENGTH(response), 0)
    + COALESCE(BYTE_LENGTH(feedback_comment), 0)
  ) AS text_bytes
FROM ${dataset}.conversation_history
WHERE
  uid = @uid
  AND timestamp >= TIMESTAMP_MICROS(@since)
  AND timestamp < TIMESTAMP_MICROS(@until)
  AND recorded_at >= TIMESTAMP_MICROS(@kept_since)
  AND session_id NOT IN UNNEST(@without_sessions)
  AND CONCAT(session_id, '/', conversation_id) NOT IN UNNEST(@without_turns)
GROUP BY day
ORDER BY day
