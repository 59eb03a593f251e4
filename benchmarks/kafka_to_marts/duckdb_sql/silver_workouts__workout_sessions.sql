WITH first_landed AS (
    SELECT *, {'is_other': event_type <> 'started', 'at': occurred_at, 'id': event_id} AS opening,
        {'is_end': event_type = 'finished', 'at': occurred_at, 'id': event_id} AS ending,
        CASE WHEN event_type = 'sample' THEN heart_rate_bpm END AS beats
    FROM workouts__workout_data
    QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY _logged_at, _partition, _offset) = 1
), stops AS (
    -- Of pauses in a row the first counts; one that no resumption follows lasts to the end.
    SELECT workout_session_id, occurred_at, event_type,
        lag(event_type) OVER session IS DISTINCT FROM event_type AS is_change
    FROM first_landed WHERE event_type IN ('paused', 'resumed')
    WINDOW session AS (PARTITION BY workout_session_id ORDER BY occurred_at, event_type)
), spans AS (
    SELECT workout_session_id, event_type, epoch_ms(occurred_at) AS from_ms,
        lead(epoch_ms(occurred_at)) OVER (PARTITION BY workout_session_id ORDER BY occurred_at, event_type) AS to_ms
    FROM stops WHERE is_change
), pauses AS (
    SELECT workout_session_id, sum(to_ms - from_ms) AS paused_ms, max(from_ms) FILTER (to_ms IS NULL) AS open_since_ms
    FROM spans WHERE event_type = 'paused' GROUP BY ALL
), sessions AS (
    SELECT workout_session_id, arg_min(user_id, opening) AS user_id, arg_min(device_id, opening) AS device_id,
        arg_min(activity_type, opening) FILTER (activity_type IS NOT NULL) AS activity_type,
        arg_min_null(occurred_offset_minutes, opening) AS own_offset,
        arg_min(occurred_at, opening) AS started_at, arg_max(occurred_at, ending) AS ended_at,
        max(try_cast(distance_m AS DECIMAL(14, 3))) AS distance_m,
        (rounded(100 * sum(beats), nullif(count(beats), 0))::DECIMAL(10, 0) * 0.01)::DECIMAL(6, 2)
            AS heart_rate_avg_bpm,
        max(beats) AS heart_rate_max_bpm, count(*) FILTER (event_type = 'sample') AS sample_count,
        count(*) FILTER (event_type = 'lap') AS lap_count, bool_or(event_type = 'finished') AS is_finished,
        arg_max(notes, {'at': occurred_at, 'id': event_id}) FILTER (notes IS NOT NULL) AS notes
    FROM first_landed GROUP BY workout_session_id
), placed AS (
    SELECT s.*, coalesce(s.own_offset, zone_offset(s.started_at, u.time_zone), 0) AS utc_offset_minutes,
        epoch_ms(s.ended_at) - epoch_ms(s.started_at) AS duration_ms,
        coalesce(p.paused_ms, 0) + greatest(coalesce(epoch_ms(s.ended_at) - p.open_since_ms, 0), 0) AS paused_ms
    FROM sessions AS s
    LEFT JOIN pauses AS p USING (workout_session_id)
    LEFT JOIN zones AS u ON s.user_id = u.user_id AND s.started_at >= u.from_at AND s.started_at < u.to_at
        AND s.own_offset IS NULL
)
SELECT local_date(started_at, utc_offset_minutes) AS event_date, user_id, workout_session_id, device_id, activity_type,
    started_at, ended_at, (duration_ms + 500) // 1000 AS duration_s, ((paused_ms + 500) // 1000)::BIGINT AS paused_s,
    distance_m, heart_rate_avg_bpm, heart_rate_max_bpm, sample_count, lap_count, is_finished, notes,
    utc_offset_minutes, own_offset IS NULL AS is_offset_assumed,
    CASE WHEN duration_ms < 0 OR duration_ms > 259200000 THEN 'rejected' ELSE 'accepted' END AS _status
FROM placed
