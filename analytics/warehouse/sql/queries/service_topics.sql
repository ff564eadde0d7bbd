-- The topics that most of the users who opted in asked about, since they did, between two midnights
-- (microseconds, the second exclusive), and those that most returned to: in two sessions on different days. At
-- most so many of each. Of each topic are counted the days with enough users and, once a month lies in the range as
-- a whole, its other days together if they have enough: service_figures says why.
WITH asked AS (
  SELECT
    topics.uid,
    topics.topic,
    topics.session_id,
    topics.whole,
    DATE(topics.timestamp) AS day,
    CAST(DATE_TRUNC(DATE(topics.timestamp), MONTH) AS DATE) AS month
  FROM ${dataset}.turn_topics AS topics
  INNER JOIN ${dataset}.users_opted_in AS users
    ON users.uid = topics.uid AND topics.recorded_at >= users.opted_in_at
  WHERE
    topics.timestamp >= TIMESTAMP_MICROS(@months_since)
    AND topics.timestamp < TIMESTAMP_MICROS(@months_until)
    AND topics.recorded_at >= TIMESTAMP_MICROS(@kept_since)
),
days AS (
  SELECT
    topic,
    day,
    COUNT(DISTINCT uid) >= ${k} AS enough,
    TIMESTAMP(day) >= TIMESTAMP_MICROS(@since) AND TIMESTAMP(day) < TIMESTAMP_MICROS(@until) AS inside
  FROM asked
  GROUP BY topic, day
),
other_days AS (
  SELECT
    asked.topic,
    asked.month,
    COUNT(DISTINCT asked.uid) >= ${k}
      AND TIMESTAMP(asked.month) >= TIMESTAMP_MICROS(@since)
      AND TIMESTAMP(DATE_ADD(asked.month, INTERVAL 1 MONTH)) <= TIMESTAMP_MICROS(@until) AS counts
  FROM asked
  INNER JOIN days ON days.topic = asked.topic AND days.day = asked.day
  WHERE NOT days.enough
  GROUP BY asked.topic, asked.month
),
of_users AS (
  SELECT
    asked.uid,
    asked.topic,
    COUNT(*) AS turns,
    LOGICAL_OR(asked.whole) AS whole,
    COUNT(DISTINCT asked.session_id) > 1 AND COUNT(DISTINCT asked.day) > 1 AS returned
  FROM asked
  INNER JOIN days ON days.topic = asked.topic AND days.day = asked.day
  LEFT JOIN other_days ON other_days.topic = asked.topic AND other_days.month = asked.month
  WHERE IF(days.enough, days.inside, COALESCE(other_days.counts, FALSE))
  GROUP BY asked.uid, asked.topic
),
counted AS (
  SELECT
    topic,
    COUNT(*) - MOD(COUNT(*), ${k}) AS users,
    SUM(turns) AS turns,
    COUNTIF(returned) - MOD(COUNTIF(returned), ${k}) AS returned
  FROM of_users
  GROUP BY topic
  HAVING COUNTIF(whole) >= ${k}
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
  IF(returned > 0, returned, NULL) AS returning_users
FROM ranked
WHERE place <= @limit OR (returned > 0 AND returned_place <= @limit)
