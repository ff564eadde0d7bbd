CREATE OR REPLACE VIEW ${analysts}.insights_preferences AS
WITH choices AS (
  SELECT
    user_key,
    preference,
    COALESCE(
      CASE preference
        WHEN 'response_style' THEN JSON_VALUE(preferences, '$$.response_style')
        WHEN 'language_preference' THEN JSON_VALUE(preferences, '$$.language_preference')
        WHEN 'ui_settings.theme' THEN JSON_VALUE(preferences, '$$.ui_settings.theme')
        WHEN 'ui_settings.font_size' THEN JSON_VALUE(preferences, '$$.ui_settings.font_size')
        WHEN 'ui_settings.show_citations'
          THEN JSON_VALUE(preferences, '$$.ui_settings.show_citations')
        WHEN 'privacy_settings.save_conversations'
          THEN JSON_VALUE(preferences, '$$.privacy_settings.save_conversations')
        WHEN 'privacy_settings.data_retention_days'
          THEN JSON_VALUE(preferences, '$$.privacy_settings.data_retention_days')
        WHEN 'notification_settings.summary_frequency'
          THEN COALESCE(
            JSON_VALUE(preferences, '$$.notification_settings.summary_frequency'),
            -- What an earlier release stored.
            CASE JSON_VALUE(preferences, '$$.notification_settings.email_summaries')
              WHEN 'true' THEN 'weekly'
              WHEN 'false' THEN 'off'
            END
          )
        WHEN 'notification_settings.session_reminders'
          THEN JSON_VALUE(preferences, '$$.notification_settings.session_reminders')
      END,
      'not chosen'
    ) AS value
  FROM ${analysts}.user_preferences
  CROSS JOIN UNNEST([
    'response_style',
    'language_preference',
    'ui_settings.theme',
    'ui_settings.font_size',
    'ui_settings.show_citations',
    'privacy_settings.save_conversations',
    'privacy_settings.data_retention_days',
    'notification_settings.summary_frequency',
    'notification_settings.session_reminders'
  ]) AS preference
)
SELECT preference, value, COUNT(DISTINCT user_key) AS users
FROM choices
GROUP BY preference, value
HAVING COUNT(DISTINCT user_key) >= ${k}
