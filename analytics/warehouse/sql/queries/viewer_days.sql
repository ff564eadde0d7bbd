-- For each day (UTC), how many of the turns counted for the viewer it has.
SELECT
  DATE(timestamp) AS day,
  COUNT(*) AS turns
FROM ${dataset}.conversation_history
WHERE ${counted_for_viewer}
GROUP BY day
ORDER BY day
