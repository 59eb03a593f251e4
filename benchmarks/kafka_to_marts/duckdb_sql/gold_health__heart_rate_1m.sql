SELECT arg_min(event_date, {'at': measured_at, 'day': event_date}) AS event_date, user_id,
    time_bucket(INTERVAL 1 MINUTE, measured_at) AS window_start_at,
    hundredths(sum(heart_rate_bpm), count(*)) AS avg_bpm, min(heart_rate_bpm) AS min_bpm,
    max(heart_rate_bpm) AS max_bpm, sum(heart_rate_bpm)::BIGINT AS sum_bpm, count(*) AS reading_count
FROM wearables__heart_rate_readings WHERE user_id IS NOT NULL
GROUP BY user_id, window_start_at
