CREATE TABLE IF NOT EXISTS ${dataset}.conversation_history_changes (
  uid STRING NOT NULL OPTIONS (description = 'Owner of the turn, a keyed hash of the identity'),
  user_email STRING OPTIONS (description = 'E-mail of the owner when the row was exported; null for guests'),
  change_seq INT64 NOT NULL OPTIONS (description = 'Commit time of this version in microseconds since 1970; the highest is the latest'),
  deleted BOOL NOT NULL OPTIONS (description = 'True for a tombstone: the turn is gone'),
  exported_at TIMESTAMP NOT NULL OPTIONS (description = 'When the exporter read this version'),
  session_id STRING NOT NULL OPTIONS (description = 'Session that the turn belongs to'),
  conversation_id STRING NOT NULL OPTIONS (description = 'Id of the turn, unique in its session'),
  timestamp TIMESTAMP NOT NULL OPTIONS (description = 'When the question was asked, as people see it; never changes'),
  recorded_at TIMESTAMP OPTIONS (description = 'When the turn was recorded; retention counts from it'),
  query STRING OPTIONS (description = 'The question; null if the turn was saved without text'),
  response STRING OPTIONS (description = 'The answer; null while it is awaited or if the turn was saved without text'),
  response_time_ms INT64 OPTIONS (description = 'Time to the answer in milliseconds'),
  feedback_score INT64 OPTIONS (description = '1 for a good answer, 0 for a bad one, null if not judged'),
  feedback_comment STRING OPTIONS (description = 'What the user wrote with the score'),
  citations JSON OPTIONS (description = 'Array of the sources of the answer'),
  metadata JSON OPTIONS (description = 'Object that clients keep with the turn'),
  search_text STRING OPTIONS (description = 'Normalised words of question and answer'),
  model STRING OPTIONS (description = 'What answered, as the answer service names it'),
  input_tokens INT64 OPTIONS (description = 'Tokens that the model read'),
  output_tokens INT64 OPTIONS (description = 'Tokens that the model wrote'),
  finish_reason STRING OPTIONS (description = 'Why the answer ended, in the word of the answer service'),
  first_token_ms INT64 OPTIONS (description = 'Time to the first piece of the answer in milliseconds'),
  branch_id INT64 OPTIONS (description = 'Number of the branch that the turn was recorded in; null in the first one'),
  replaces_conversation_id STRING OPTIONS (description = 'The turn that this one was recorded to stand beside'),
  path_position STRING OPTIONS (description = 'Where the turn is in the order of its session; null if its timestamp and id say it'),
  topics ARRAY<STRING> OPTIONS (description = 'What the question is about, most telling first'),
  topics_rule INT64 OPTIONS (description = 'Version of the rule that found the topics; null where no question is kept'),
  embedding ARRAY<FLOAT64> OPTIONS (description = 'What question and answer mean, as a direction; empty if they were not embedded'),
  embedding_model STRING OPTIONS (description = 'Name and version of what made the embedding; null if there is none')
)
PARTITION BY TIMESTAMP_TRUNC(timestamp, MONTH)
CLUSTER BY uid, session_id
OPTIONS (description = 'Every version of every turn, append-only; the view conversation_history shows the latest')
