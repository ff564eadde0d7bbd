CREATE OR REPLACE VIEW ${analysts}.conversation_history AS
SELECT
  turns.conversation_id,
  turns.session_id,
  users.user_key,
  turns.query,
  turns.response,
  turns.timestamp,
  turns.feedback_score,
  turns.response_time_ms,
  turns.recorded_at,
  turns.model,
  turns.input_tokens,
  turns.output_tokens,
  turns.finish_reason,
  turns.first_token_ms,
  turns.branch_id,
  turns.replaces_conversation_id,
  turns.on_shown_path,
  turns.topics,
  turns.answered,
  turns.failed,
  turns.failure,
  turns.text_saved,
  turns.judged_at,
  turns.response_style,
  turns.language,
  turns.change_seq,
  turns.updated_at,
  turns.feedback_comment,
  turns.citations
FROM ${dataset}.conversation_history AS turns
INNER JOIN ${dataset}.users_opted_in AS users
  ON users.uid = turns.uid AND turns.recorded_at >= users.opted_in_at
