-- Up to which commit time (microseconds) these users were erased; no row for those who were not.
SELECT
  uid,
  MAX(before) AS before
FROM ${dataset}.erasures
WHERE uid IN UNNEST(@uids)
GROUP BY uid
