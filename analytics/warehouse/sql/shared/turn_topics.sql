CREATE OR REPLACE VIEW ${dataset}.turn_topics AS
-- The topics of each turn, and their parts: who asks about 'machine learning engineers' asks about 'machine
-- learning'. A part counts where it is the whole topic of other turns.
WITH phrases AS (
  SELECT
    uid,
    session_id,
    conversation_id,
    timestamp,
    recorded_at,
    phrase,
    SPLIT(phrase, ' ') AS words
  FROM ${dataset}.conversation_history
  CROSS JOIN UNNEST(topics) AS phrase
)
SELECT
  uid,
  session_id,
  conversation_id,
  timestamp,
  recorded_at,
  topic,
  LOGICAL_OR(topic = phrase) AS whole
FROM phrases
CROSS JOIN UNNEST([
  phrase,
  words[SAFE_OFFSET(0)],
  words[SAFE_OFFSET(1)],
  words[SAFE_OFFSET(2)],
  CONCAT(words[SAFE_OFFSET(0)], ' ', words[SAFE_OFFSET(1)]),
  CONCAT(words[SAFE_OFFSET(1)], ' ', words[SAFE_OFFSET(2)])
]) AS topic
WHERE topic IS NOT NULL
GROUP BY uid, session_id, conversation_id, timestamp, recorded_at, topic
