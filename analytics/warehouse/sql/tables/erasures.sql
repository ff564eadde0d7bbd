CREATE TABLE IF NOT EXISTS ${dataset}.erasures (
  uid STRING NOT NULL OPTIONS (description = 'The user whose data was erased, a keyed hash of the identity'),
  before INT64 NOT NULL OPTIONS (description = 'Commit time in microseconds since 1970; versions up to it are never shown'),
  erased_at TIMESTAMP NOT NULL OPTIONS (description = 'When the erasure reached the warehouse')
)
CLUSTER BY uid
OPTIONS (description = 'Every erasure of a user, append-only; the highest time of a user counts')
