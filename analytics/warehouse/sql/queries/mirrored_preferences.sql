-- The latest version of each user's preferences, without tombstones, in the order of positions,
-- strictly after `after` and up to `until`, which belong to the users first_uid and last_uid: every
-- one, or only those in `keys`. Texts are returned as MD5.
WITH placed AS (
  SELECT
    *,
    CONCAT(uid, ' ', LPAD(CAST(UNIX_MICROS(created_at) AS STRING), 20, '0')) AS position
  FROM ${dataset}.user_preferences_changes
  WHERE uid BETWEEN @first_uid AND @last_uid
),
latest AS (
  SELECT *
  FROM placed
  WHERE
    position > @after
    AND position <= @until
    AND (@every OR position IN UNNEST(@keys))
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uid, created_at
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
),
erased AS (
  SELECT uid, MAX(before) AS before
  FROM ${dataset}.erasures
  GROUP BY uid
)
SELECT latest.*
FROM latest
LEFT JOIN erased ON erased.uid = latest.uid
WHERE NOT latest.deleted AND COALESCE(latest.change_seq > erased.before, TRUE)
ORDER BY latest.position
LIMIT @limit
