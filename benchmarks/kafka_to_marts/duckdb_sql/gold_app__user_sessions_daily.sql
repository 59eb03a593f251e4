SELECT event_date, user_id, count(*) FILTER (NOT is_continued) AS session_count,
    sum(event_count)::BIGINT AS event_count, sum(screen_count)::BIGINT AS screen_count,
    ((sum(duration_ms) + 500) // 1000)::BIGINT AS seconds_in_app, min(started_at) AS first_seen_at,
    max(ended_at) AS last_seen_at
FROM app__user_sessions
GROUP BY event_date, user_id
