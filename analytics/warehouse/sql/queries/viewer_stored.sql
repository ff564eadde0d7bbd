-- For each day (UTC) on which any of the turns counted for the viewer was recorded, how many were, and the bytes of
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
WHERE ${counted_for_viewer}
GROUP BY day
ORDER BY day
