CREATE OR REPLACE VIEW ${analysts}.insights_response_times AS
-- Exact percentiles, by nearest rank.
WITH ranked AS (
  SELECT
    DATE(timestamp) AS day,
    user_key,
    response_time_ms,
    ROW_NUMBER() OVER (PARTITION BY DATE(timestamp) ORDER BY response_time_ms) AS place,
    COUNT(*) OVER (PARTITION BY DATE(timestamp)) AS turns
  FROM ${analysts}.conversation_history
  WHERE response_time_ms IS NOT NULL
)
SELECT
  day,
  COUNT(DISTINCT user_key) AS users,
  COUNT(*) AS turns,
  MIN(IF(100 * place >= 50 * turns, response_time_ms, NULL)) AS p50_ms,
  MIN(IF(100 * place >= 95 * turns, response_time_ms, NULL)) AS p95_ms,
  MIN(IF(100 * place >= 99 * turns, response_time_ms, NULL)) AS p99_ms
FROM ranked
GROUP BY day
HAVING COUNT(DISTINCT user_key) >= ${k}
