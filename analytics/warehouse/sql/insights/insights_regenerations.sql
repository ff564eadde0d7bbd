CREATE OR REPLACE VIEW ${analysts}.insights_regenerations AS
-- A turn that replaces another asks again for its answer if it has the same question; else the question
-- was edited. A figure is null where it would be about fewer users. Turns of earlier releases do not tell
-- their style: it is the one that is in force now.
WITH asked_again AS (
  SELECT
    replaced.user_key,
    replaced.session_id,
    replaced.conversation_id,
    COUNTIF(again.query = replaced.query) AS regenerations,
    COUNTIF(again.query != replaced.query) AS edits
  FROM ${analysts}.conversation_history AS replaced
  INNER JOIN ${analysts}.conversation_history AS again
    ON
      again.user_key = replaced.user_key
      AND again.session_id = replaced.session_id
      AND again.replaces_conversation_id = replaced.conversation_id
  GROUP BY replaced.user_key, replaced.session_id, replaced.conversation_id
),
turns AS (
  SELECT
    CAST(DATE_TRUNC(DATE(turns.timestamp), MONTH) AS DATE) AS month,
    turns.model,
    COALESCE(
      turns.response_style,
      JSON_VALUE(sessions.preferences, '$$.response_style'),
      JSON_VALUE(users.preferences, '$$.response_style'),
      'not chosen'
    ) AS response_style,
    turns.user_key,
    COALESCE(asked_again.regenerations, 0) AS regenerations,
    COALESCE(asked_again.edits, 0) AS edits
  FROM ${analysts}.conversation_history AS turns
  LEFT JOIN ${analysts}.user_sessions AS sessions
    ON sessions.user_key = turns.user_key AND sessions.session_id = turns.session_id
  LEFT JOIN ${analysts}.user_preferences AS users ON users.user_key = turns.user_key
  LEFT JOIN asked_again
    ON
      asked_again.user_key = turns.user_key
      AND asked_again.session_id = turns.session_id
      AND asked_again.conversation_id = turns.conversation_id
  WHERE turns.model IS NOT NULL
)
SELECT
  month,
  model,
  response_style,
  COUNT(DISTINCT user_key) AS users,
  COUNT(*) AS turns,
  IF(
    COUNT(DISTINCT IF(regenerations > 0, user_key, NULL)) >= ${k},
    CAST(SUM(regenerations) AS INT64),
    NULL
  ) AS regenerations,
  IF(
    COUNT(DISTINCT IF(edits > 0, user_key, NULL)) >= ${k},
    CAST(SUM(edits) AS INT64),
    NULL
  ) AS edits
FROM turns
GROUP BY month, model, response_style
HAVING COUNT(DISTINCT user_key) >= ${k}
