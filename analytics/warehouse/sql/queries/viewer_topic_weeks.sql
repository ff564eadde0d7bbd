-- In each week from Monday (UTC), how many of the turns counted for the viewer are about each of some topics,
-- which are given as '0 tides', '1 moon'. A turn counts once, for the first of those that it is about. Weeks are
-- counted from Monday, 1900-01-01.
WITH asked AS (
  SELECT
    DIV(DATE_DIFF(DATE(topics.timestamp), DATE '1900-01-01', DAY), 7) AS week_number,
    MIN(wanted) AS first_wanted
  FROM ${dataset}.turn_topics AS topics
  INNER JOIN UNNEST(@topics) AS wanted ON SUBSTR(wanted, 3) = topics.topic
  WHERE ${counted_for_viewer}
  GROUP BY topics.session_id, topics.conversation_id, week_number
)
SELECT
  CAST(DATE_ADD(DATE '1900-01-01', INTERVAL 7 * week_number DAY) AS DATE) AS week,
  SUBSTR(first_wanted, 3) AS topic,
  COUNT(*) AS turns
FROM asked
GROUP BY week, topic
ORDER BY week, topic
