-- How often the turns counted for the viewer were asked again, by their model and response style, those
-- with most turns first; at most so many. A turn that replaces another asks for its answer again if it
-- has the same question; else the question was edited. Where no text is kept, nobody can tell.
WITH asked AS (
  SELECT
    session_id,
    conversation_id,
    replaces_conversation_id,
    query,
    model,
    response_style
  FROM ${dataset}.conversation_history
  WHERE ${counted_for_viewer}
),
asked_again AS (
  SELECT
    replaced.session_id,
    replaced.conversation_id,
    COUNTIF(again.query = replaced.query) AS regenerations,
    COUNTIF(again.query != replaced.query) AS edits
  FROM asked AS replaced
  INNER JOIN asked AS again
    ON
      again.session_id = replaced.session_id
      AND again.replaces_conversation_id = replaced.conversation_id
  GROUP BY replaced.session_id, replaced.conversation_id
)
SELECT
  asked.model,
  asked.response_style,
  COUNT(*) AS turns,
  CAST(SUM(COALESCE(asked_again.regenerations, 0)) AS INT64) AS regenerations,
  CAST(SUM(COALESCE(asked_again.edits, 0)) AS INT64) AS edits
FROM asked
LEFT JOIN asked_again
  ON
    asked_again.session_id = asked.session_id
    AND asked_again.conversation_id = asked.conversation_id
GROUP BY asked.model, asked.response_style
ORDER BY turns DESC, model IS NULL, model, response_style IS NULL, response_style
LIMIT @limit
