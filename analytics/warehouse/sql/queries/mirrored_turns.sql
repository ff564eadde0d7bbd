-- The latest version of each turn, without tombstones, in the order of positions, strictly after
-- `after` and up to `until`, which belong to the users first_uid and last_uid: every one, or only
-- those in `keys`. Texts are returned as MD5, and embeddings not at all: they follow from the texts
-- and the embedder.
WITH placed AS (
  SELECT
    *,
    CONCAT(
      uid, ' ', session_id, ' ', conversation_id, ' ',
      LPAD(CAST(UNIX_MICROS(timestamp) AS STRING), 20, '0')
    ) AS position
  FROM ${dataset}.conversation_history_changes
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
    PARTITION BY uid, timestamp, session_id, conversation_id
    ORDER BY change_seq DESC, deleted DESC, exported_at DESC
  ) = 1
),
erased AS (
  SELECT uid, MAX(before) AS before
  FROM ${dataset}.erasures
  GROUP BY uid
)
SELECT latest.* EXCEPT (embedding) REPLACE (
    TO_HEX(MD5(latest.query)) AS query,
    TO_HEX(MD5(latest.response)) AS response,
    TO_HEX(MD5(latest.feedback_comment)) AS feedback_comment,
    TO_HEX(MD5(latest.search_text)) AS search_text
  )
FROM latest
LEFT JOIN erased ON erased.uid = latest.uid
WHERE NOT latest.deleted AND COALESCE(latest.change_seq > erased.before, TRUE)
ORDER BY latest.position
LIMIT @limit
