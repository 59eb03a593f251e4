WITH decoded AS (
    SELECT *, from_json(CASE WHEN json_valid(text) THEN text END, '{
        "event_id": "VARCHAR", "workout_session_id": "VARCHAR", "user_id": "VARCHAR", "device_id": "VARCHAR",
        "event_type": "VARCHAR", "activity_type": "VARCHAR", "occurred_at": "VARCHAR", "sent_at": "VARCHAR",
        "heart_rate_bpm": "VARCHAR", "distance_m": "VARCHAR", "power_w": "VARCHAR", "latitude": "VARCHAR",
        "longitude": "VARCHAR", "elevation_m": "VARCHAR", "lap": "VARCHAR", "notes": "VARCHAR"}') AS f
    FROM (SELECT *, decode(_value) AS text FROM raw)
), typed AS (
    SELECT _partition, _offset, _logged_at, _value, f IS NULL AS is_unreadable,
        f.event_id, f.workout_session_id, f.user_id, f.device_id, f.event_type, f.activity_type,
        instant(f.occurred_at) AS occurred_at, offset_minutes(f.occurred_at) AS occurred_offset_minutes,
        instant(f.sent_at) AS sent_at, try_cast(f.heart_rate_bpm AS INTEGER) AS heart_rate_bpm,
        try_cast(f.distance_m AS DOUBLE) AS distance_m, try_cast(f.power_w AS DOUBLE) AS power_w,
        try_cast(f.latitude AS DOUBLE) AS latitude, try_cast(f.longitude AS DOUBLE) AS longitude,
        try_cast(f.elevation_m AS DOUBLE) AS elevation_m, try_cast(f.lap AS INTEGER) AS lap, f.notes
    FROM decoded
)
SELECT *, list_filter(CASE WHEN is_unreadable THEN ['not_json'] ELSE [
    CASE WHEN NOT is_given(event_id) THEN 'missing: event_id' END,
    CASE WHEN NOT is_given(workout_session_id) THEN 'missing: workout_session_id' END,
    CASE WHEN NOT is_given(user_id) THEN 'missing: user_id' END,
    CASE WHEN NOT is_given(event_type) THEN 'missing: event_type' END,
    CASE WHEN occurred_at IS NULL THEN 'missing: occurred_at' END,
    CASE WHEN event_type NOT IN ('started', 'sample', 'lap', 'paused', 'resumed', 'finished')
        THEN 'event_type_is_known' END,
    CASE WHEN NOT heart_rate_bpm BETWEEN 20 AND 250 THEN 'heart_rate_is_plausible' END,
    CASE WHEN NOT distance_m BETWEEN 0 AND 2000000 THEN 'distance_is_plausible' END,
    CASE WHEN NOT power_w BETWEEN 0 AND 3000 THEN 'power_is_plausible' END,
    CASE WHEN NOT latitude BETWEEN -90 AND 90 THEN 'latitude_is_on_earth' END,
    CASE WHEN NOT longitude BETWEEN -180 AND 180 THEN 'longitude_is_on_earth' END,
    CASE WHEN lap < 1 THEN 'lap_counts_from_one' END
] END, lambda reason: reason IS NOT NULL) AS _reasons
FROM typed
