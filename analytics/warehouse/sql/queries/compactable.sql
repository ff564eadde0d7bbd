-- How much compaction would remove in each month (from `since` to before `until`, in microseconds):
-- rows from before an erasure, rows that another row of the same record supersedes or repeats, and
-- tombstones from before a time.
WITH versions AS (
  SELECT
    uid,
    TIMESTAMP_TRUNC(created_at, MONTH) AS month,
    change_seq,
    deleted,
    exported_at,
    CONCAT(
      'session ', uid, ' ', session_id, ' ', CAST(UNIX_MICROS(created_at) AS STRING)
    ) AS key
  FROM ${dataset}.user_sessions_changes
  UNION ALL
  SELECT
    uid,
    TIMESTAMP_TRUNC(timestamp, MONTH) AS month,
    change_seq,
    deleted,
    exported_at,
    CONCAT(
      'turn ', uid, ' ', session_id, ' ', conversation_id, ' ',
      CAST(UNIX_MICROS(timestamp) AS STRING)
    ) AS key
  FROM ${dataset}.conversation_history_changes
  UNION ALL
  SELECT
    uid,
    TIMESTAMP_TRUNC(created_at, MONTH) AS month,
    change_seq,
    deleted,
    exported_at,
    CONCAT('user ', uid, ' ', CAST(UNIX_MICROS(created_at) AS STRING)) AS key
  FROM ${dataset}.user_preferences_changes
),
erased AS (
  SELECT uid, MAX(before) AS before
  FROM ${dataset}.erasures
  GROUP BY uid
)
SELECT
  UNIX_MICROS(versions.month) AS since,
  UNIX_MICROS(TIMESTAMP(DATE_ADD(DATE(versions.month), INTERVAL 1 MONTH))) AS until,
  COUNTIF(COALESCE(versions.change_seq <= erased.before, FALSE)) AS erased,
  COUNT(*) - COUNT(DISTINCT versions.key) AS superseded,
  COUNTIF(
    versions.deleted
    AND GREATEST(UNIX_MICROS(versions.exported_at), versions.change_seq) < @before
  ) AS tombstones
FROM versions
LEFT JOIN erased ON erased.uid = versions.uid
GROUP BY versions.month
ORDER BY versions.month
