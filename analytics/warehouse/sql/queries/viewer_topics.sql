-- The most frequent topics of the turns counted for the viewer, and the most frequent ones
-- returned to: asked about in two sessions on different days. At most `limit` of each.
WITH counted AS (
  SELECT
    topic,
    COUNT(*) AS turns,
    COUNT(DISTINCT session_id) AS sessions,
    COUNT(DISTINCT session_id) > 1 AND COUNT(DISTINCT DATE(timestamp)) > 1 AS returned
  FROM ${dataset}.turn_topics
  WHERE ${counted_for_viewer}
  GROUP BY topic
  HAVING LOGICAL_OR(whole)
),
ranked AS (
  SELECT
    topic,
    turns,
    sessions,
    returned,
    ROW_NUMBER() OVER (ORDER BY turns DESC, topic) AS place,
    ROW_NUMBER() OVER (PARTITION BY returned ORDER BY turns DESC, topic) AS place_of_kind
  FROM counted
)
SELECT topic, turns, sessions, returned, place <= @limit AS frequent
FROM ranked
WHERE place <= @limit OR (returned AND place_of_kind <= @limit)
ORDER BY turns DESC, topic
