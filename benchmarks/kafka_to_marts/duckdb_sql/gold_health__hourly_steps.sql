SELECT event_date, user_id,
    hour(make_timestamp(epoch_us(started_at) + utc_offset_minutes::BIGINT * 60000000))::INTEGER AS local_hour,
    utc_offset_minutes, sum(steps)::BIGINT AS steps
FROM wearables__step_intervals WHERE user_id IS NOT NULL AND NOT is_time_estimated
GROUP BY ALL
