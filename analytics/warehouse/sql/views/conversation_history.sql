CREATE OR REPLACE VIEW ${dataset}.conversation_history AS
WITH turns AS (
  SELECT
    *,
    COALESCE(
      path_position,
      CONCAT(LPAD(CAST(UNIX_MICROS(timestamp) AS STRING), 19, '0'), ':', conversation_id)
    ) AS place
  FROM ${dataset}.conversation_history_changes
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uid, timestamp, session_id, conversation_id
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
),
-- Not by created_at: a session whose id came back with another created_at must show its turns.
latest_sessions AS (
  SELECT uid, session_id, shown_path, change_seq, deleted OR status = 'deleted' AS hidden
  FROM ${dataset}.user_sessions_changes
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uid, session_id
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
),
erased AS (
  SELECT uid, MAX(before) AS before
  FROM ${dataset}.erasures
  GROUP BY uid
)
SELECT
  turns.conversation_id,
  turns.session_id,
  turns.user_email,
  turns.query,
  turns.response,
  turns.timestamp,
  turns.feedback_score,
  turns.response_time_ms,
  turns.uid,
  turns.recorded_at,
  turns.feedback_comment,
  turns.citations,
  turns.metadata,
  turns.model,
  turns.input_tokens,
  turns.output_tokens,
  turns.finish_reason,
  turns.first_token_ms,
  turns.change_seq,
  COALESCE(turns.branch_id, 0) AS branch_id,
  turns.replaces_conversation_id,
  turns.topics,
  turns.answered,
  turns.failed,
  turns.failure,
  turns.text_saved,
  turns.judged_at,
  turns.response_style,
  turns.language,
  TIMESTAMP_MICROS(turns.change_seq) AS updated_at,
  -- The path is a list of ranges. A place in one of them has an odd number of their ends before it.
  -- A subquery here would keep filters on uid and time from reaching below the windows.
  latest_sessions.shown_path IS NULL
  OR MOD(
    RANGE_BUCKET(turns.place, SPLIT(REPLACE(latest_sessions.shown_path, '/', ' '), ' ')), 2
  ) = 1 AS on_shown_path
FROM turns
LEFT JOIN erased ON erased.uid = turns.uid
LEFT JOIN latest_sessions
  ON latest_sessions.uid = turns.uid AND latest_sessions.session_id = turns.session_id
WHERE
  NOT turns.deleted
  AND COALESCE(turns.change_seq > erased.before, TRUE)
  -- A session from before the erasure must not hide turns from after it.
  AND NOT COALESCE(
    latest_sessions.hidden AND COALESCE(latest_sessions.change_seq > erased.before, TRUE),
    FALSE
  )
