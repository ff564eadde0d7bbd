-- How many accounts had turns, recorded since kept_since, in each week from Monday and in each month (UTC) that lie
-- between two midnights (microseconds, the second exclusive) as a whole: in it and, of a week, also so many weeks
-- later. Weeks and months are the same whatever the range, and numbers of users are rounded down; what is about too
-- few is left out. Weeks are counted from Monday, 1900-01-01.
WITH days AS (
  SELECT DISTINCT
    history.uid,
    DATE(history.timestamp) AS day
  FROM ${dataset}.conversation_history AS history
  INNER JOIN ${dataset}.accounts AS accounts ON accounts.uid = history.uid
  WHERE
    history.timestamp >= TIMESTAMP_MICROS(@since)
    AND history.timestamp < TIMESTAMP_MICROS(@until)
    AND history.recorded_at >= TIMESTAMP_MICROS(@kept_since)
),
weeks AS (
  SELECT DISTINCT
    uid,
    DIV(DATE_DIFF(day, DATE '1900-01-01', DAY), 7) AS week_number
  FROM days
),
periods AS (
  SELECT
    'week' AS period,
    CAST(DATE_ADD(DATE '1900-01-01', INTERVAL 7 * began.week_number DAY) AS DATE) AS first_day,
    CAST(DATE_ADD(DATE '1900-01-01', INTERVAL 7 * (later.week_number + 1) DAY) AS DATE) AS after_last,
    later.week_number - began.week_number AS weeks_later,
    began.uid
  FROM weeks AS began
  INNER JOIN weeks AS later
    ON
      later.uid = began.uid
      AND later.week_number >= began.week_number
      AND later.week_number <= began.week_number + 8
  UNION ALL
  SELECT
    'month' AS period,
    CAST(DATE_TRUNC(day, MONTH) AS DATE) AS first_day,
    CAST(DATE_ADD(CAST(DATE_TRUNC(day, MONTH) AS DATE), INTERVAL 1 MONTH) AS DATE) AS after_last,
    0 AS weeks_later,
    uid
  FROM days
)
SELECT
  period,
  first_day,
  weeks_later,
  COUNT(DISTINCT uid) - MOD(COUNT(DISTINCT uid), ${k}) AS users
FROM periods
WHERE
  TIMESTAMP(first_day) >= TIMESTAMP_MICROS(@since)
  AND TIMESTAMP(after_last) <= TIMESTAMP_MICROS(@until)
GROUP BY period, first_day, weeks_later
HAVING COUNT(DISTINCT uid) >= ${k}
ORDER BY period, first_day, weeks_later
