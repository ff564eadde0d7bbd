-- The topics that most of the users who opted in asked about, since they did, between two times
-- (microseconds, the second exclusive), and those that most returned to: in two sessions on
-- different days. At most so many of each, and none of too few users.
WITH asked AS (
  SELECT
    topics.uid,
    topics.topic,
    COUNT(*) AS turns,
    COUNT(DISTINCT topics.session_id) > 1 AND COUNT(DISTINCT DATE(topics.timestamp)) > 1 AS returned
  FROM ${dataset}.turn_topics AS topics
  INNER JOIN ${dataset}.users_opted_in AS users
    ON users.uid = topics.uid AND topics.recorded_at >= users.opted_in_at
  WHERE
    topics.timestamp >= TIMESTAMP_MICROS(@since)
    AND topics.timestamp < TIMESTAMP_MICROS(@until)
    AND topics.recorded_at >= TIMESTAMP_MICROS(@kept_since)
  GROUP BY topics.uid, topics.topic
),
counted AS (
  SELECT topic, COUNT(*) AS users, SUM(turns) AS turns, COUNTIF(returned) AS returned
  FROM asked
  GROUP BY topic
  HAVING COUNT(*) >= ${k}
),
ranked AS (
  SELECT
    topic,
    users,
    turns,
    returned,
    ROW_NUMBER() OVER (ORDER BY users DESC, turns DESC, topic) AS place,
    ROW_NUMBER() OVER (ORDER BY returned DESC, turns DESC, topic) AS returned_place
  FROM counted
)
SELECT
  topic,
  users,
  turns,
  IF(returned >= ${k}, returned, NULL) AS returning_users
FROM ranked
WHERE place <= @limit OR (returned >= ${k} AND returned_place <= @limit)
