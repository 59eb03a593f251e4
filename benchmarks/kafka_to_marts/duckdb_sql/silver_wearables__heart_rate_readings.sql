WITH first_landed AS (
    SELECT * FROM wearables__health_metrics WHERE metric_type = 'heart_rate'
    QUALIFY row_number() OVER (PARTITION BY device_id, measured_at ORDER BY _logged_at, _partition, _offset) = 1
), placed AS (
    SELECT m.*, d.user_id, coalesce(m.measured_offset_minutes, zone_offset(m.measured_at, u.time_zone), 0)
        AS utc_offset_minutes, CASE WHEN unit = 'bpm' THEN floor(value + 0.5)::INTEGER END AS heart_rate_bpm
    FROM first_landed AS m
    LEFT JOIN owners AS d ON m.device_id = d.device_id AND m.measured_at >= d.from_at AND m.measured_at < d.to_at
    LEFT JOIN zones AS u ON d.user_id = u.user_id AND m.measured_at >= u.from_at AND m.measured_at < u.to_at
        AND m.measured_offset_minutes IS NULL
)
SELECT local_date(measured_at, utc_offset_minutes) AS event_date, user_id, device_id, measured_at, heart_rate_bpm,
    source_app, utc_offset_minutes, measured_offset_minutes IS NULL AS is_offset_assumed, event_id,
    CASE WHEN heart_rate_bpm BETWEEN 20 AND 250 THEN 'accepted' ELSE 'rejected' END AS _status
FROM placed
