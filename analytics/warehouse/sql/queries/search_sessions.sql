-- Sessions of uid whose title has every term, the best first or the newest, strictly before the position
-- (before_time, before_session, before_id), in which a session has the id ''. Terms, score and versions
-- are those of search_conversations; a title is short, so only rarity and recency tell.
WITH wanted AS (
  SELECT pattern, term
  FROM UNNEST(@patterns) AS pattern WITH OFFSET AS place
  INNER JOIN UNNEST(@terms) AS term WITH OFFSET AS term_place ON term_place = place
),
named AS (
  SELECT session.session_id, session.created_at, session.search_text
  FROM ${dataset}.user_sessions_changes AS session
  WHERE
    session.uid = @uid
    AND session.created_at >= TIMESTAMP_MICROS(@since)
    AND session.created_at <= TIMESTAMP_MICROS(@before_time)
    AND (
      session.created_at < TIMESTAMP_MICROS(@before_time)
      OR session.session_id < @before_session
      OR (session.session_id = @before_session AND '' < @before_id)
    )
    AND NOT session.deleted
    AND (@every_session OR session.session_id IN UNNEST(@sessions))
    AND NOT EXISTS (
      SELECT excluded FROM UNNEST(@excluded) AS excluded WHERE STRPOS(session.search_text, excluded) > 0
    )
),
total AS (
  SELECT COUNT(DISTINCT session_id) AS sessions
  FROM named
),
found AS (
  SELECT DISTINCT named.session_id, named.created_at, wanted.term
  FROM named
  CROSS JOIN wanted
  WHERE STRPOS(named.search_text, wanted.pattern) > 0
),
weighed AS (
  SELECT *, COUNT(*) OVER (PARTITION BY term) AS holders
  FROM found
)
SELECT
  weighed.session_id,
  weighed.created_at,
  SUM(2.2 * LN(1 + (total.sessions - weighed.holders + 0.5) / (weighed.holders + 0.5)))
  * (
    1 + 0.2 * EXP(-GREATEST(@now - UNIX_MICROS(weighed.created_at), 0) / 2592000000000)
  ) AS score
FROM weighed
CROSS JOIN total
GROUP BY weighed.session_id, weighed.created_at
HAVING COUNT(*) = @term_count
ORDER BY IF(@by_score, score, 0) DESC, created_at DESC, session_id DESC
LIMIT @limit
