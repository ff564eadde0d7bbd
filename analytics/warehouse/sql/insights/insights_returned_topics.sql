CREATE OR REPLACE VIEW ${analysts}.insights_returned_topics AS
-- A user returns to a topic by asking about it in two sessions on different days.
WITH returned AS (
  SELECT
    users.user_key,
    topics.topic,
    COUNT(DISTINCT topics.session_id) AS sessions,
    COUNT(*) AS turns,
    LOGICAL_OR(topics.whole) AS whole
  FROM ${dataset}.turn_topics AS topics
  INNER JOIN ${dataset}.users_opted_in AS users
    ON users.uid = topics.uid AND topics.recorded_at >= users.opted_in_at
  GROUP BY users.user_key, topics.topic
  HAVING
    COUNT(DISTINCT topics.session_id) > 1
    AND COUNT(DISTINCT DATE(topics.timestamp)) > 1
)
SELECT
  topic,
  COUNT(*) AS users,
  SUM(sessions) AS sessions,
  SUM(turns) AS turns
FROM returned
GROUP BY topic
HAVING COUNTIF(whole) >= ${k}
