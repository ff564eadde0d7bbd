-- Figures by model of the turns counted for the viewer that tell their model, those with most
-- turns first; at most so many.
WITH turns AS (
  SELECT
    model,
    feedback_score,
    response_time_ms,
    input_tokens,
    output_tokens,
    ROW_NUMBER() OVER (
      PARTITION BY model
      ORDER BY response_time_ms IS NULL, response_time_ms
    ) AS place,
    COUNT(response_time_ms) OVER (PARTITION BY model) AS timed
  FROM ${dataset}.conversation_history
  WHERE
    ${counted_for_viewer}
    AND model IS NOT NULL
)
SELECT
  model,
  COUNT(*) AS turns,
  COUNTIF(feedback_score = 1) AS good,
  COUNTIF(feedback_score = 0) AS bad,
  MIN(IF(100 * place >= 50 * timed, response_time_ms, NULL)) AS p50_ms,
  MIN(IF(100 * place >= 95 * timed, response_time_ms, NULL)) AS p95_ms,
  MIN(IF(100 * place >= 99 * timed, response_time_ms, NULL)) AS p99_ms,
  SUM(input_tokens) AS input_tokens,
  SUM(output_tokens) AS output_tokens
FROM turns
GROUP BY model
ORDER BY turns DESC, model
LIMIT @limit
