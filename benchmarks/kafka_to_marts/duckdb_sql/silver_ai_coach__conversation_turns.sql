WITH first_landed AS (
    SELECT * FROM ai_coach__ai_interactions
    QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY _logged_at, _partition, _offset) = 1
), placed AS (
    SELECT e.*, coalesce(e.occurred_offset_minutes, zone_offset(e.occurred_at, u.time_zone), 0) AS utc_offset_minutes
    FROM first_landed AS e
    LEFT JOIN zones AS u ON e.user_id = u.user_id AND e.occurred_at >= u.from_at AND e.occurred_at < u.to_at
        AND e.occurred_offset_minutes IS NULL
)
SELECT local_date(occurred_at, utc_offset_minutes) AS event_date, event_id, conversation_id, user_id, role, intent,
    text, tokens, latency_ms, rating, occurred_at, utc_offset_minutes,
    occurred_offset_minutes IS NULL AS is_offset_assumed, 'accepted' AS _status
FROM placed
