CREATE TABLE IF NOT EXISTS ${dataset}.user_sessions_changes (
  uid STRING NOT NULL OPTIONS (description = 'Owner of the session, a keyed hash of the identity'),
  user_email STRING OPTIONS (description = 'E-mail of the owner when the row was exported; null for guests'),
  change_seq INT64 NOT NULL OPTIONS (description = 'Commit time of this version in microseconds since 1970; the highest is the latest'),
  deleted BOOL NOT NULL OPTIONS (description = 'True for a tombstone: the session is gone'),
  exported_at TIMESTAMP NOT NULL OPTIONS (description = 'When the exporter read this version'),
  session_id STRING NOT NULL OPTIONS (description = 'Id of the session, unique for its owner'),
  created_at TIMESTAMP NOT NULL OPTIONS (description = 'When the session was created; never changes'),
  last_active TIMESTAMP OPTIONS (description = 'When a turn was last recorded or the session was last restored'),
  conversation_count INT64 OPTIONS (description = 'Number of turns'),
  title STRING OPTIONS (description = 'Title shown to the user; null in the trash'),
  tags JSON OPTIONS (description = 'Array of strings; null in the trash'),
  preferences JSON OPTIONS (description = 'What the session overrides of the preferences of its owner'),
  metadata JSON OPTIONS (description = 'Object that clients keep with the session; null in the trash'),
  status STRING OPTIONS (description = 'active, archived or deleted (in the trash)'),
  search_text STRING OPTIONS (description = 'Normalised words of the title that the user gave; null in the trash'),
  shown_path STRING OPTIONS (description = 'Ranges of positions that the shown path has; null if the session has one branch only')
)
PARTITION BY TIMESTAMP_TRUNC(created_at, MONTH)
CLUSTER BY uid, session_id
OPTIONS (description = 'Every version of every session, append-only; the view user_sessions shows the latest')
