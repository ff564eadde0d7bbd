CREATE OR REPLACE VIEW ${analysts}.insights_session_retention AS
-- Weeks are counted from Monday, 1900-01-01.
WITH sessions AS (
  SELECT
    user_key,
    session_id,
    DATE_DIFF(MIN(DATE(timestamp)), DATE '1900-01-01', DAY) AS first_day,
    DATE_DIFF(MAX(DATE(timestamp)), DATE '1900-01-01', DAY) AS last_day
  FROM ${analysts}.conversation_history
  GROUP BY user_key, session_id
)
SELECT
  CAST(DATE_ADD(DATE '1900-01-01', INTERVAL DIV(first_day, 7) * 7 DAY) AS DATE) AS week,
  days_later,
  COUNT(DISTINCT user_key) AS users,
  COUNT(*) AS sessions
FROM sessions
CROSS JOIN UNNEST([0, 1, 7, 30]) AS days_later
WHERE last_day - first_day >= days_later
GROUP BY week, days_later
HAVING COUNT(DISTINCT user_key) >= ${k}
