-- Figures of all users' turns between two times (microseconds, the second exclusive) that were
-- recorded since kept_since; no row, or a null, where they would be about too few users.
WITH turns AS (
  SELECT
    uid,
    session_id,
    feedback_score,
    response_time_ms,
    change_seq,
    ROW_NUMBER() OVER (ORDER BY response_time_ms IS NULL, response_time_ms) AS place,
    COUNT(response_time_ms) OVER () AS timed
  FROM ${dataset}.conversation_history
  WHERE
    timestamp >= TIMESTAMP_MICROS(@since)
    AND timestamp < TIMESTAMP_MICROS(@until)
    AND recorded_at >= TIMESTAMP_MICROS(@kept_since)
),
counted AS (
  SELECT
    COUNT(DISTINCT uid) AS users,
    COUNT(*) AS turns,
    COUNT(DISTINCT CONCAT(uid, '/', session_id)) AS sessions,
    MAX(change_seq) AS latest_change,
    COUNT(IF(feedback_score = 1, 1, NULL)) AS good,
    COUNT(IF(feedback_score = 0, 1, NULL)) AS bad,
    COUNT(DISTINCT IF(feedback_score = 1, uid, NULL)) AS content,
    COUNT(DISTINCT IF(feedback_score = 0, uid, NULL)) AS discontent,
    COUNT(DISTINCT IF(response_time_ms IS NOT NULL, uid, NULL)) AS served,
    MIN(IF(100 * place >= 50 * timed, response_time_ms, NULL)) AS p50_ms,
    MIN(IF(100 * place >= 95 * timed, response_time_ms, NULL)) AS p95_ms,
    MIN(IF(100 * place >= 99 * timed, response_time_ms, NULL)) AS p99_ms
  FROM turns
)
SELECT
  users,
  turns,
  sessions,
  latest_change,
  IF(content >= ${k}, good, NULL) AS good,
  IF(discontent >= ${k}, bad, NULL) AS bad,
  IF(served >= ${k}, p50_ms, NULL) AS p50_ms,
  IF(served >= ${k}, p95_ms, NULL) AS p95_ms,
  IF(served >= ${k}, p99_ms, NULL) AS p99_ms
FROM counted
WHERE users >= ${k}
