CREATE OR REPLACE VIEW ${analysts}.insights_failures AS
SELECT
  CAST(DATE_TRUNC(DATE(timestamp), MONTH) AS DATE) AS month,
  COALESCE(failure, 'not told') AS failure,
  COUNT(DISTINCT user_key) AS users,
  COUNT(*) AS turns
FROM ${analysts}.conversation_history
WHERE failed
GROUP BY month, failure
HAVING COUNT(DISTINCT user_key) >= ${k}
