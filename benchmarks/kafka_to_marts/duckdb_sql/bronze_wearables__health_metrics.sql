WITH decoded AS (
    SELECT *, from_json(CASE WHEN json_valid(text) THEN text END, '{
        "event_id": "VARCHAR", "device_id": "VARCHAR", "metric_type": "VARCHAR", "value": "VARCHAR", "unit": "VARCHAR",
        "measured_at": "VARCHAR", "interval_end": "VARCHAR", "sent_at": "VARCHAR", "source_app": "VARCHAR",
        "energy_type": "VARCHAR", "sleep_stage": "VARCHAR", "sleep_session_id": "VARCHAR",
        "is_time_estimated": "VARCHAR"}') AS f
    FROM (SELECT *, decode(_value) AS text FROM raw)
), typed AS (
    SELECT _partition, _offset, _logged_at, _value, f IS NULL AS is_unreadable,
        f.event_id, f.device_id, f.metric_type, try_cast(f.value AS DOUBLE) AS value, f.unit,
        instant(f.measured_at) AS measured_at, offset_minutes(f.measured_at) AS measured_offset_minutes,
        instant(f.interval_end) AS interval_end, instant(f.sent_at) AS sent_at, f.source_app, f.energy_type,
        f.sleep_stage, f.sleep_session_id, try_cast(f.is_time_estimated AS BOOLEAN) AS is_time_estimated
    FROM decoded
)
SELECT *, list_filter(CASE WHEN is_unreadable THEN ['not_json'] ELSE [
    CASE WHEN NOT is_given(event_id) THEN 'missing: event_id' END,
    CASE WHEN NOT is_given(device_id) THEN 'missing: device_id' END,
    CASE WHEN NOT is_given(metric_type) THEN 'missing: metric_type' END,
    CASE WHEN measured_at IS NULL THEN 'missing: measured_at' END,
    CASE WHEN metric_type NOT IN ('heart_rate', 'steps', 'energy', 'distance', 'sleep', 'weight', 'hrv', 'spo2',
        'skin_temperature') THEN 'metric_type_is_known' END,
    CASE WHEN value IS NULL AND metric_type <> 'sleep' THEN 'value_is_given' END,
    CASE WHEN NOT value BETWEEN -1000000000 AND 1000000000 THEN 'value_is_a_number' END,
    CASE WHEN unit IS NULL AND metric_type <> 'sleep' THEN 'unit_is_given' END,
    CASE WHEN CASE metric_type WHEN 'heart_rate' THEN unit <> 'bpm' WHEN 'steps' THEN unit <> 'count'
        WHEN 'energy' THEN unit NOT IN ('kcal', 'kJ') WHEN 'distance' THEN unit NOT IN ('m', 'km', 'mi')
        WHEN 'sleep' THEN unit <> 'min' WHEN 'weight' THEN unit NOT IN ('kg', 'lb') WHEN 'hrv' THEN unit <> 'ms'
        WHEN 'spo2' THEN unit <> '%' WHEN 'skin_temperature' THEN unit <> 'degC' END THEN 'unit_is_known' END,
    CASE WHEN interval_end IS NULL AND metric_type IN ('steps', 'energy', 'distance', 'sleep')
        THEN 'interval_has_an_end' END,
    CASE WHEN interval_end <= measured_at AND metric_type IN ('steps', 'energy', 'distance', 'sleep')
        THEN 'interval_ends_after_it_starts' END,
    CASE WHEN energy_type IS NULL AND metric_type = 'energy' THEN 'energy_type_is_given' END,
    CASE WHEN energy_type NOT IN ('active', 'basal', 'total') THEN 'energy_type_is_known' END,
    CASE WHEN sleep_stage IS NULL AND metric_type = 'sleep' THEN 'sleep_stage_is_given' END,
    CASE WHEN sleep_stage NOT IN ('awake', 'light', 'deep', 'rem', 'asleep') THEN 'sleep_stage_is_known' END,
    CASE WHEN sleep_session_id IS NULL AND metric_type = 'sleep' THEN 'sleep_session_is_given' END
] END, lambda reason: reason IS NOT NULL) AS _reasons
FROM typed
