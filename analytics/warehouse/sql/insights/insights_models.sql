CREATE OR REPLACE VIEW ${analysts}.insights_models AS
-- Exact percentiles, by nearest rank. A figure is null where fewer users have turns with it.
WITH ranked AS (
  SELECT
    CAST(DATE_TRUNC(DATE(timestamp), MONTH) AS DATE) AS month,
    model,
    user_key,
    feedback_score,
    response_time_ms,
    input_tokens,
    output_tokens,
    IF(response_time_ms IS NULL, NULL, user_key) AS timed_user,
    ROW_NUMBER() OVER (
      PARTITION BY DATE_TRUNC(DATE(timestamp), MONTH), model
      ORDER BY response_time_ms IS NULL, response_time_ms
    ) AS place,
    COUNT(response_time_ms) OVER (PARTITION BY DATE_TRUNC(DATE(timestamp), MONTH), model) AS timed
  FROM ${analysts}.conversation_history
  WHERE model IS NOT NULL
)
SELECT
  month,
  model,
  COUNT(DISTINCT user_key) AS users,
  COUNT(*) AS turns,
  IF(
    COUNT(DISTINCT timed_user) >= ${k},
    MIN(IF(100 * place >= 50 * timed, response_time_ms, NULL)),
    NULL
  ) AS p50_ms,
  IF(
    COUNT(DISTINCT timed_user) >= ${k},
    MIN(IF(100 * place >= 95 * timed, response_time_ms, NULL)),
    NULL
  ) AS p95_ms,
  IF(
    COUNT(DISTINCT timed_user) >= ${k},
    MIN(IF(100 * place >= 99 * timed, response_time_ms, NULL)),
    NULL
  ) AS p99_ms,
  IF(
    COUNT(DISTINCT IF(feedback_score = 1, user_key, NULL)) >= ${k},
    COUNTIF(feedback_score = 1),
    NULL
  ) AS good,
  IF(
    COUNT(DISTINCT IF(feedback_score = 0, user_key, NULL)) >= ${k},
    COUNTIF(feedback_score = 0),
    NULL
  ) AS bad,
  IF(
    COUNT(DISTINCT IF(input_tokens IS NULL, NULL, user_key)) >= ${k},
    CAST(SUM(input_tokens) AS INT64),
    NULL
  ) AS input_tokens,
  IF(
    COUNT(DISTINCT IF(output_tokens IS NULL, NULL, user_key)) >= ${k},
    CAST(SUM(output_tokens) AS INT64),
    NULL
  ) AS output_tokens
FROM ranked
GROUP BY month, model
HAVING COUNT(DISTINCT user_key) >= ${k}
