CREATE OR REPLACE VIEW ${analysts}.insights_weekly_cohorts AS
-- Weeks are counted from Monday, 1900-01-01.
WITH weeks AS (
  SELECT DISTINCT
    user_key,
    DIV(DATE_DIFF(DATE(timestamp), DATE '1900-01-01', DAY), 7) AS week
  FROM ${analysts}.conversation_history
),
members AS (
  SELECT user_key, week, MIN(week) OVER (PARTITION BY user_key) AS first_week
  FROM weeks
)
SELECT
  CAST(DATE_ADD(DATE '1900-01-01', INTERVAL 7 * first_week DAY) AS DATE) AS cohort_week,
  week - first_week AS weeks_later,
  COUNT(*) AS users
FROM members
GROUP BY cohort_week, weeks_later
HAVING COUNT(*) >= ${k}
