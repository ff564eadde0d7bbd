-- How many turns each day (UTC) has of those that service_totals counts, and of how many users; not
-- the days of too few.
SELECT
  DATE(timestamp) AS day,
  COUNT(DISTINCT uid) AS users,
  COUNT(*) AS turns
FROM ${dataset}.conversation_history
WHERE
  timestamp >= TIMESTAMP_MICROS(@since)
  AND timestamp < TIMESTAMP_MICROS(@until)
  AND recorded_at >= TIMESTAMP_MICROS(@kept_since)
GROUP BY day
HAVING COUNT(DISTINCT uid) >= ${k}
ORDER BY day
