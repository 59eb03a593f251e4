SELECT arg_min(h.event_date, {'at': h.window_start_at, 'day': event_date}) AS event_date, user_id,
    time_bucket(INTERVAL 1 HOUR, h.window_start_at) AS window_start_at,
    hundredths(sum(sum_bpm), sum(reading_count)) AS avg_bpm, min(min_bpm) AS min_bpm, max(max_bpm) AS max_bpm,
    sum(sum_bpm)::BIGINT AS sum_bpm, sum(reading_count)::BIGINT AS reading_count
FROM health__heart_rate_1m AS h
GROUP BY user_id, time_bucket(INTERVAL 1 HOUR, h.window_start_at)
