CREATE OR REPLACE VIEW ${analysts}.insights_daily_usage AS
SELECT
  DATE(timestamp) AS day,
  COUNT(DISTINCT user_key) AS users,
  COUNT(DISTINCT CONCAT(user_key, '/', session_id)) AS sessions,
  COUNT(*) AS turns
FROM ${analysts}.conversation_history
GROUP BY day
HAVING COUNT(DISTINCT user_key) >= ${k}
