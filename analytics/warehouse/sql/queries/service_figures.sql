-- Figures of all accounts' turns that were recorded since kept_since, between two midnights (microseconds, the
-- second exclusive), by what is measured: of each day, and of the whole range without a day. Each is a sum of
-- groups that no range takes apart, so that no difference of two is about too few users: the days with enough
-- of them and, once a month lies in the range as a whole, its other days together. Numbers of users, which are no
-- sums, are rounded down.
WITH turns AS (
  SELECT
    history.uid,
    DATE(history.timestamp) AS day,
    CAST(DATE_TRUNC(DATE(history.timestamp), MONTH) AS DATE) AS month,
    history.feedback_score,
    history.response_time_ms,
    history.change_seq,
    ROW_NUMBER() OVER (
      PARTITION BY
        history.uid,
        history.session_id,
        CAST(DATE_TRUNC(DATE(history.timestamp), MONTH) AS DATE)
      ORDER BY history.timestamp, history.conversation_id
    ) AS place_in_session
  FROM ${dataset}.conversation_history AS history
  INNER JOIN ${dataset}.accounts AS accounts ON accounts.uid = history.uid
  WHERE
    history.timestamp >= TIMESTAMP_MICROS(@months_since)
    AND history.timestamp < TIMESTAMP_MICROS(@months_until)
    AND history.recorded_at >= TIMESTAMP_MICROS(@kept_since)
),
measured AS (
  SELECT turns.*, measure
  FROM turns
  CROSS JOIN UNNEST(['turns', 'sessions', 'good', 'bad', 'timed']) AS measure
  WHERE
    measure = 'turns'
    OR (measure = 'sessions' AND place_in_session = 1)
    OR (measure = 'good' AND feedback_score = 1)
    OR (measure = 'bad' AND feedback_score = 0)
    OR (measure = 'timed' AND response_time_ms IS NOT NULL)
),
days AS (
  SELECT
    measure,
    day,
    month,
    COUNT(DISTINCT uid) >= ${k} AS enough,
    TIMESTAMP(day) >= TIMESTAMP_MICROS(@since) AND TIMESTAMP(day) < TIMESTAMP_MICROS(@until) AS inside
  FROM measured
  GROUP BY measure, day, month
),
other_days AS (
  SELECT
    measured.measure,
    measured.month,
    COUNT(DISTINCT measured.uid) >= ${k}
      AND TIMESTAMP(measured.month) >= TIMESTAMP_MICROS(@since)
      AND TIMESTAMP(DATE_ADD(measured.month, INTERVAL 1 MONTH)) <= TIMESTAMP_MICROS(@until) AS counts
  FROM measured
  INNER JOIN days ON days.measure = measured.measure AND days.day = measured.day
  WHERE NOT days.enough
  GROUP BY measured.measure, measured.month
),
counted AS (
  SELECT measured.*
  FROM measured
  INNER JOIN days ON days.measure = measured.measure AND days.day = measured.day
  LEFT JOIN other_days
    ON other_days.measure = measured.measure AND other_days.month = measured.month
  WHERE IF(days.enough, days.inside, COALESCE(other_days.counts, FALSE))
),
times AS (
  SELECT
    uid,
    response_time_ms,
    ROW_NUMBER() OVER (ORDER BY response_time_ms) AS place,
    COUNT(*) OVER () AS total
  FROM counted
  WHERE measure = 'timed'
),
longest AS (
  SELECT uid, MAX(response_time_ms) AS response_time_ms
  FROM times
  GROUP BY uid
  ORDER BY response_time_ms DESC
  LIMIT ${k}
),
percentiles AS (
  SELECT
    MIN(IF(100 * place >= 50 * total, response_time_ms, NULL)) AS p50_ms,
    MIN(IF(100 * place >= 95 * total, response_time_ms, NULL)) AS p95_ms,
    MIN(IF(100 * place >= 99 * total, response_time_ms, NULL)) AS p99_ms
  FROM times
),
-- Enough users waited that long at least; longer waits could be those of one.
bound AS (SELECT MIN(response_time_ms) AS bound_ms FROM longest),
totals AS (
  SELECT
    measure,
    COUNT(DISTINCT uid) - MOD(COUNT(DISTINCT uid), ${k}) AS users,
    COUNT(*) AS amount,
    MAX(change_seq) AS latest_change
  FROM counted
  GROUP BY measure
)
SELECT
  totals.measure,
  CAST(NULL AS DATE) AS day,
  totals.users,
  totals.amount,
  totals.latest_change,
  LEAST(percentiles.p50_ms, bound.bound_ms) AS p50_ms,
  LEAST(percentiles.p95_ms, bound.bound_ms) AS p95_ms,
  LEAST(percentiles.p99_ms, bound.bound_ms) AS p99_ms
FROM totals
CROSS JOIN percentiles
CROSS JOIN bound
UNION ALL
SELECT
  counted.measure,
  counted.day,
  COUNT(DISTINCT counted.uid) - MOD(COUNT(DISTINCT counted.uid), ${k}),
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL
FROM counted
INNER JOIN days ON days.measure = counted.measure AND days.day = counted.day
WHERE counted.measure = 'turns' AND days.enough
GROUP BY counted.measure, counted.day
ORDER BY measure, day
