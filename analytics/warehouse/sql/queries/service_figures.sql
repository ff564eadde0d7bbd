-- Figures of all accounts' turns that were recorded since kept_since, between two midnights (microseconds, the
-- second exclusive), by what is measured and by model, '' for all turns: of each day, and of the whole range
-- without a day. Each is a sum of groups that no range takes apart, so that no difference of two is about too few users: the days with enough
-- of them and, once a month lies in the range as a whole, its other days together. Numbers of users, which are no
-- sums, are rounded down.
WITH turns AS (
  SELECT
    history.uid,
    DATE(history.timestamp) AS day,
    CAST(DATE_TRUNC(DATE(history.timestamp), MONTH) AS DATE) AS month,
    history.feedback_score,
    history.response_time_ms,
    history.model,
    history.input_tokens,
    history.output_tokens,
    history.failed,
    CONCAT('failed ', COALESCE(history.failure, 'not told')) AS failed_by,
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
  SELECT
    turns.* EXCEPT (model),
    model_or_all AS model,
    measure,
    CASE measure WHEN 'read' THEN input_tokens WHEN 'written' THEN output_tokens ELSE 1 END AS weight
  FROM turns
  CROSS JOIN UNNEST(['', turns.model]) AS model_or_all
  CROSS JOIN
    UNNEST(['turns', 'sessions', 'good', 'bad', 'timed', 'read', 'written', turns.failed_by]) AS measure
  WHERE
    model_or_all IS NOT NULL
    AND (
      measure = 'turns'
      OR (measure = 'sessions' AND place_in_session = 1 AND model_or_all = '')
      OR (measure = 'good' AND feedback_score = 1)
      OR (measure = 'bad' AND feedback_score = 0)
      OR (measure = 'timed' AND response_time_ms IS NOT NULL)
      OR (measure = 'read' AND input_tokens IS NOT NULL AND model_or_all != '')
      OR (measure = 'written' AND output_tokens IS NOT NULL AND model_or_all != '')
      OR (measure = failed_by AND failed AND model_or_all = '')
    )
),
days AS (
  SELECT
    model,
    measure,
    day,
    month,
    COUNT(DISTINCT uid) >= ${k} AS enough,
    TIMESTAMP(day) >= TIMESTAMP_MICROS(@since) AND TIMESTAMP(day) < TIMESTAMP_MICROS(@until) AS inside
  FROM measured
  GROUP BY model, measure, day, month
),
other_days AS (
  SELECT
    measured.model,
    measured.measure,
    measured.month,
    COUNT(DISTINCT measured.uid) >= ${k}
      AND TIMESTAMP(measured.month) >= TIMESTAMP_MICROS(@since)
      AND TIMESTAMP(DATE_ADD(measured.month, INTERVAL 1 MONTH)) <= TIMESTAMP_MICROS(@until) AS counts
  FROM measured
  INNER JOIN days
    ON days.model = measured.model AND days.measure = measured.measure AND days.day = measured.day
  WHERE NOT days.enough
  GROUP BY measured.model, measured.measure, measured.month
),
counted AS (
  SELECT measured.*, days.enough
  FROM measured
  INNER JOIN days
    ON days.model = measured.model AND days.measure = measured.measure AND days.day = measured.day
  LEFT JOIN other_days
    ON
      other_days.model = measured.model
      AND other_days.measure = measured.measure
      AND other_days.month = measured.month
  WHERE IF(days.enough, days.inside, COALESCE(other_days.counts, FALSE))
),
times AS (
  SELECT
    model,
    uid,
    response_time_ms,
    ROW_NUMBER() OVER (PARTITION BY model ORDER BY response_time_ms) AS place,
    COUNT(*) OVER (PARTITION BY model) AS total
  FROM counted
  WHERE measure = 'timed'
),
percentiles AS (
  SELECT
    model,
    MIN(IF(100 * place >= 50 * total, response_time_ms, NULL)) AS p50_ms,
    MIN(IF(100 * place >= 95 * total, response_time_ms, NULL)) AS p95_ms,
    MIN(IF(100 * place >= 99 * total, response_time_ms, NULL)) AS p99_ms
  FROM times
  GROUP BY model
),
longest AS (
  SELECT
    model,
    MAX(response_time_ms) AS response_time_ms,
    ROW_NUMBER() OVER (PARTITION BY model ORDER BY MAX(response_time_ms) DESC) AS place
  FROM times
  GROUP BY model, uid
),
-- Enough users waited that long at least; longer waits could be those of one.
bound AS (
  SELECT model, MIN(response_time_ms) AS bound_ms
  FROM longest
  WHERE place <= ${k}
  GROUP BY model
),
totals AS (
  SELECT
    model,
    measure,
    COUNT(DISTINCT uid) - MOD(COUNT(DISTINCT uid), ${k}) AS users,
    SUM(weight) AS amount,
    MAX(change_seq) AS latest_change
  FROM counted
  GROUP BY model, measure
)
SELECT
  totals.model,
  totals.measure,
  CAST(NULL AS DATE) AS day,
  totals.users,
  totals.amount,
  totals.latest_change,
  LEAST(percentiles.p50_ms, bound.bound_ms) AS p50_ms,
  LEAST(percentiles.p95_ms, bound.bound_ms) AS p95_ms,
  LEAST(percentiles.p99_ms, bound.bound_ms) AS p99_ms
FROM totals
LEFT JOIN percentiles ON percentiles.model = totals.model
LEFT JOIN bound ON bound.model = totals.model
UNION ALL
SELECT
  model,
  measure,
  day,
  COUNT(DISTINCT uid) - MOD(COUNT(DISTINCT uid), ${k}),
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL
FROM counted
WHERE model = '' AND measure = 'turns' AND enough
GROUP BY model, measure, day
ORDER BY model, measure, day
