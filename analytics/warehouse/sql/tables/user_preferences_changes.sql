CREATE TABLE IF NOT EXISTS ${dataset}.user_preferences_changes (
  uid STRING NOT NULL OPTIONS (description = 'The user, a keyed hash of the identity'),
  user_email STRING OPTIONS (description = 'E-mail of the user when the row was exported; null for guests'),
  change_seq INT64 NOT NULL OPTIONS (description = 'Commit time of this version in microseconds since 1970; the highest is the latest'),
  deleted BOOL NOT NULL OPTIONS (description = 'True for a tombstone: the user is gone'),
  exported_at TIMESTAMP NOT NULL OPTIONS (description = 'When the exporter read this version'),
  created_at TIMESTAMP NOT NULL OPTIONS (description = 'When the user was first seen; never changes'),
  preferences JSON OPTIONS (description = 'What the user chose; what is absent follows the configuration'),
  user_key STRING OPTIONS (description = 'What analysts see in place of the uid, a keyed hash of it'),
  opted_in_at TIMESTAMP OPTIONS (description = 'Since when analysts may see what is recorded; null while they may not')
)
PARTITION BY TIMESTAMP_TRUNC(created_at, MONTH)
CLUSTER BY uid, user_email
OPTIONS (description = 'Every version of the preferences of every user, append-only; the view user_preferences shows the latest')
