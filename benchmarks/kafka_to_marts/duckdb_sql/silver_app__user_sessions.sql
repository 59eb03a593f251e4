WITH first_landed AS (
    SELECT * FROM app__user_events
    QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY _logged_at, _partition, _offset) = 1
), placed AS (
    SELECT e.*, epoch_ms(occurred_at) AS at_ms, {'at': epoch_ms(occurred_at), 'id': event_id} AS in_time,
        coalesce(e.occurred_offset_minutes, zone_offset(e.occurred_at, u.time_zone), 0) AS utc_offset_minutes
    FROM first_landed AS e
    LEFT JOIN zones AS u ON e.user_id = u.user_id AND e.occurred_at >= u.from_at AND e.occurred_at < u.to_at
        AND e.occurred_offset_minutes IS NULL
), gaps AS (
    SELECT *, coalesce(at_ms - lag(at_ms) OVER of_user, 1800001) > 1800000 AS begins,
        lead(at_ms) OVER of_user - at_ms AS until_ms
    FROM placed WINDOW of_user AS (PARTITION BY user_id ORDER BY at_ms, event_id)
), numbered AS (
    SELECT *, sum(begins::INTEGER) OVER (PARTITION BY user_id ORDER BY at_ms, event_id) AS session,
        local_date(occurred_at, utc_offset_minutes) AS event_date
    FROM gaps
)
SELECT event_date, user_id, min(occurred_at) AS started_at, max(occurred_at) AS ended_at,
    sum(CASE WHEN until_ms <= 1800000 THEN until_ms ELSE 0 END)::BIGINT AS duration_ms, count(*) AS event_count,
    count(*) FILTER (event_type = 'screen_viewed') AS screen_count, NOT bool_or(begins) AS is_continued,
    arg_min_null(platform, in_time) AS platform, arg_min_null(app_version, in_time) AS app_version,
    arg_min(utc_offset_minutes, in_time) AS utc_offset_minutes,
    bool_or(occurred_offset_minutes IS NULL) AS is_offset_assumed, 'accepted' AS _status
FROM numbered GROUP BY user_id, event_date, session
