-- Figures about the turns counted for the viewer. Percentiles are exact, by nearest rank; null if no turn has a time.
WITH turns AS (
  SELECT
    session_id,
    replaces_conversation_id,
    feedback_score,
    response_time_ms,
    ROW_NUMBER() OVER (ORDER BY response_time_ms IS NULL, response_time_ms) AS place,
    COUNT(response_time_ms) OVER () AS timed
  FROM ${dataset}.conversation_history
  WHERE ${counted_for_viewer}
)
SELECT
  COUNT(*) AS turns,
  COUNT(DISTINCT session_id) AS sessions,
  COUNT(replaces_conversation_id) AS asked_again,
  COUNT(IF(feedback_score = 1, 1, NULL)) AS good,
  COUNT(IF(feedback_score = 0, 1, NULL)) AS bad,
  MIN(IF(100 * place >= 50 * timed, response_time_ms, NULL)) AS p50_ms,
  MIN(IF(100 * place >= 95 * timed, response_time_ms, NULL)) AS p95_ms,
  MIN(IF(100 * place >= 99 * timed, response_time_ms, NULL)) AS p99_ms
FROM turns
