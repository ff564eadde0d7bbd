CREATE OR REPLACE VIEW ${analysts}.insights_topics AS
-- A topic of enough users; who asks about a longer one counts too.
SELECT
  CAST(DATE_TRUNC(DATE(topics.timestamp), MONTH) AS DATE) AS month,
  topics.topic,
  COUNT(DISTINCT opted_in.user_key) AS users,
  COUNT(DISTINCT CONCAT(opted_in.user_key, '/', topics.session_id)) AS sessions,
  COUNT(*) AS turns
FROM ${dataset}.turn_topics AS topics
INNER JOIN ${dataset}.users_opted_in AS opted_in
  ON opted_in.uid = topics.uid AND topics.recorded_at >= opted_in.opted_in_at
GROUP BY month, topics.topic
HAVING COUNT(DISTINCT IF(topics.whole, opted_in.user_key, NULL)) >= ${k}
