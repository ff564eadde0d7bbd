-- In each hour of the week, how many of the turns counted for the viewer were asked, by a clock that is so many
-- microseconds ahead of UTC. Monday is 0: 1970-01-01 was a Thursday. A week is added so that no time lies before it.
WITH asked AS (
  SELECT UNIX_MICROS(timestamp) + @shift + 604800000000 AS local_micros
  FROM ${dataset}.conversation_history
  WHERE ${counted_for_viewer}
),
hours AS (
  SELECT DIV(local_micros, 3600000000) AS hour_number
  FROM asked
),
days AS (
  SELECT
    DIV(hour_number, 24) AS day_number,
    MOD(hour_number, 24) AS hour_of_day
  FROM hours
)
SELECT
  MOD(day_number - 4, 7) AS weekday,
  hour_of_day,
  COUNT(*) AS turns
FROM days
GROUP BY weekday, hour_of_day
ORDER BY weekday, hour_of_day
