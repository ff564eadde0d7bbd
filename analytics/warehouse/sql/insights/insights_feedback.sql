CREATE OR REPLACE VIEW ${analysts}.insights_feedback AS
-- Weeks are counted from Monday, 1900-01-01.
WITH judged AS (
  SELECT
    user_key,
    feedback_score,
    DIV(DATE_DIFF(DATE(timestamp), DATE '1900-01-01', DAY), 7) AS week_number
  FROM ${analysts}.conversation_history
  WHERE feedback_score IS NOT NULL
)
SELECT
  CAST(DATE_ADD(DATE '1900-01-01', INTERVAL 7 * week_number DAY) AS DATE) AS week,
  feedback_score,
  COUNT(DISTINCT user_key) AS users,
  COUNT(*) AS turns
FROM judged
GROUP BY week, feedback_score
HAVING COUNT(DISTINCT user_key) >= ${k}
