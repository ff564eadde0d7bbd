CREATE OR REPLACE VIEW ${dataset}.turn_topics AS
WITH turns AS (
  SELECT
    uid,
    session_id,
    conversation_id,
    timestamp,
    recorded_at,
    -- Words with digits and accents; scripts without spaces as runs of one script.
    REGEXP_EXTRACT_ALL(
      LOWER(query),
      r'\p{Han}+|[\p{Katakana}ー]+|\p{Hiragana}+|(?:[^\P{L}\p{Han}\p{Katakana}\p{Hiragana}]|[\p{M}\p{N}])+'
    ) AS words
  FROM ${dataset}.conversation_history
  WHERE query IS NOT NULL
),
placed AS (
  SELECT turns.*, word, word_offset AS position
  FROM turns
  CROSS JOIN UNNEST(words) AS word WITH OFFSET AS word_offset
),
terms AS (
  SELECT
    * EXCEPT (words, word),
    IF(
      word NOT IN (SELECT stop_words.word FROM ${dataset}.stop_words)
        AND CHAR_LENGTH(word) BETWEEN 2 AND 40
        AND NOT REGEXP_CONTAINS(word, r'^(\p{N}+|\p{Hiragana}+)$$'),
      word,
      NULL
    ) AS term
  FROM placed
),
neighbours AS (
  SELECT
    *,
    LEAD(term) OVER (
      PARTITION BY uid, timestamp, session_id, conversation_id
      ORDER BY position
    ) AS next_term
  FROM terms
)
SELECT DISTINCT uid, session_id, conversation_id, timestamp, recorded_at, topic
FROM neighbours
CROSS JOIN UNNEST([term, CONCAT(term, ' ', next_term)]) AS topic
WHERE topic IS NOT NULL
