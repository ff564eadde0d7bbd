-- For each of `words` the nearest word in uid's own turns: itself if it is there, else one with a slip or,
-- in words of six letters or more, two; the commonest of equals. None if there is none so near.
WITH own AS (
  SELECT word, COUNT(*) AS uses
  FROM ${dataset}.conversation_history_changes AS turn
  CROSS JOIN UNNEST(SPLIT(turn.search_text, ' ')) AS word
  WHERE turn.uid = @uid AND NOT turn.deleted
  GROUP BY word
),
near AS (
  SELECT wanted, own.word, own.uses, EDIT_DISTANCE(own.word, wanted) AS slips
  FROM own
  CROSS JOIN UNNEST(@words) AS wanted
  WHERE ABS(CHAR_LENGTH(own.word) - CHAR_LENGTH(wanted)) <= 2 AND NOT STARTS_WITH(own.word, '=')
)
SELECT wanted, word
FROM near
WHERE slips <= IF(CHAR_LENGTH(wanted) < 6, 1, 2)
QUALIFY ROW_NUMBER() OVER (PARTITION BY wanted ORDER BY slips, uses DESC, word) = 1
