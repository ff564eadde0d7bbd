-- Turns of uid whose text has every term, the best first or the newest, strictly before the position
-- (before_time, before_session, before_id). A term is a number in `terms` with each of its `patterns`,
-- which stand at the same places of the two arrays; there are `term_count`. With a model, only turns
-- that it answered; with sessions, only theirs.
--
-- The score is BM25 (Robertson and Zaragoza, 2009; k1 = 1.2, b = 0.75) over the user's own turns alone.
-- A word in the question counts twice, and a turn of this month up to a fifth more than one of long ago.
--
-- It reads every version, because a filter on uid and time does not reach below the view's window on
-- session; callers match the current record again.
WITH wanted AS (
  SELECT pattern, term
  FROM UNNEST(@patterns) AS pattern WITH OFFSET AS place
  INNER JOIN UNNEST(@terms) AS term WITH OFFSET AS term_place ON term_place = place
),
said AS (
  SELECT
    turn.session_id,
    turn.conversation_id,
    turn.timestamp,
    CASE @side
      WHEN 'question' THEN SPLIT(turn.search_text, '|')[SAFE_OFFSET(0)]
      -- The first rule did not tell an answer from its question.
      WHEN 'answer' THEN COALESCE(SPLIT(turn.search_text, '|')[SAFE_OFFSET(1)], turn.search_text)
      ELSE turn.search_text
    END AS words
  FROM ${dataset}.conversation_history_changes AS turn
  WHERE
    turn.uid = @uid
    AND turn.timestamp >= TIMESTAMP_MICROS(@since)
    AND turn.timestamp <= TIMESTAMP_MICROS(@before_time)
    AND (
      turn.timestamp < TIMESTAMP_MICROS(@before_time)
      OR turn.session_id < @before_session
      OR (turn.session_id = @before_session AND turn.conversation_id < @before_id)
    )
    AND NOT turn.deleted
    AND (@model IS NULL OR turn.model = @model)
    AND (@every_session OR turn.session_id IN UNNEST(@sessions))
    AND NOT EXISTS (
      SELECT excluded FROM UNNEST(@excluded) AS excluded WHERE STRPOS(turn.search_text, excluded) > 0
    )
),
total AS (
  SELECT
    COUNT(DISTINCT CONCAT(session_id, ' ', conversation_id)) AS turns,
    AVG(CHAR_LENGTH(words)) AS size
  FROM said
),
found AS (
  SELECT
    said.session_id,
    said.conversation_id,
    said.timestamp,
    wanted.term,
    MAX(CHAR_LENGTH(said.words)) AS size,
    MAX(
      (CHAR_LENGTH(said.words) - CHAR_LENGTH(REPLACE(said.words, wanted.pattern, '')))
      / CHAR_LENGTH(wanted.pattern)
      + IF(STRPOS(said.words, wanted.pattern) < STRPOS(said.words, '|'), 1, 0)
    ) AS frequency
  FROM said
  CROSS JOIN wanted
  WHERE STRPOS(said.words, wanted.pattern) > 0
  GROUP BY said.session_id, said.conversation_id, said.timestamp, wanted.term
),
weighed AS (
  SELECT *, COUNT(*) OVER (PARTITION BY term) AS holders
  FROM found
)
SELECT
  weighed.session_id,
  weighed.conversation_id,
  weighed.timestamp,
  SUM(
    LN(1 + (total.turns - weighed.holders + 0.5) / (weighed.holders + 0.5))
    * weighed.frequency * 2.2
    / (weighed.frequency + 1.2 * (0.25 + 0.75 * weighed.size / total.size))
  ) * (
    1 + 0.2 * EXP(-GREATEST(@now - UNIX_MICROS(weighed.timestamp), 0) / 2592000000000)
  ) AS score
FROM weighed
CROSS JOIN total
GROUP BY weighed.session_id, weighed.conversation_id, weighed.timestamp
HAVING COUNT(*) = @term_count
ORDER BY IF(@by_score, score, 0) DESC, timestamp DESC, session_id DESC, conversation_id DESC
LIMIT @limit
