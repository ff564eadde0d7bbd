-- Turns of uid whose latest version is about the same as what `vector` stands for, the nearest first, strictly
-- before the position (before_time, before_session, before_id): with a similarity of `floor` or more, by
-- vectors of the same embedder. With a model, only turns that it answered; with sessions, only theirs.
--
-- The filters are those of search_conversations; callers compare the current record with them again.
WITH compared AS (
  SELECT
    turn.session_id,
    turn.conversation_id,
    turn.timestamp,
    turn.deleted,
    -- Vectors of other embedders have other lengths, and a text without words has none.
    IF(
      turn.embedding_model = @embedder AND ARRAY_LENGTH(turn.embedding) > 0,
      1 - COSINE_DISTANCE(turn.embedding, @vector),
      NULL
    ) AS score
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
    AND (@model IS NULL OR turn.model = @model)
    AND (@every_session OR turn.session_id IN UNNEST(@sessions))
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY turn.timestamp, turn.session_id, turn.conversation_id
    ORDER BY turn.change_seq DESC, turn.deleted DESC, turn.exported_at DESC
  ) = 1
)
SELECT session_id, conversation_id, timestamp, score
FROM compared
WHERE NOT deleted AND score >= @floor
ORDER BY score DESC, timestamp DESC, session_id DESC, conversation_id DESC
LIMIT @limit
