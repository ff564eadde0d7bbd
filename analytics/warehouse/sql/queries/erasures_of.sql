-- The commit time (microseconds) up to which each of these users was erased; no row for those who
-- were not.
SELECT
  uid,
  MAX(before) AS before
FROM ${dataset}.erasures
WHERE uid IN UNNEST(@uids)
GROUP BY uid
