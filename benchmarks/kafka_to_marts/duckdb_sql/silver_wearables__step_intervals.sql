-- Overlapping intervals of a user's devices: their starts and ends are swept in order of time, with the running devices
-- as the bits of a number, the preferred device lowest.
WITH first_landed AS (
    SELECT * FROM wearables__health_metrics WHERE metric_type = 'steps'
    QUALIFY row_number() OVER (PARTITION BY device_id, measured_at ORDER BY _logged_at, _partition, _offset) = 1
), whole AS (
    SELECT d.user_id, m.device_id, coalesce(d.priority, 0) AS priority, m.measured_at, m.interval_end,
        floor(m.value + 0.5)::BIGINT AS interval_steps, coalesce(m.is_time_estimated, false) AS is_time_estimated,
        coalesce(m.measured_offset_minutes, zone_offset(m.measured_at, u.time_zone), 0) AS utc_offset_minutes,
        m.measured_offset_minutes IS NULL AS is_offset_assumed, m.event_id,
        epoch_ms(m.measured_at) AS start_ms, epoch_ms(m.interval_end) AS end_ms,
        coalesce(d.user_id, m.device_id) AS merged
    FROM first_landed AS m
    LEFT JOIN owners AS d ON m.device_id = d.device_id AND m.measured_at >= d.from_at AND m.measured_at < d.to_at
    LEFT JOIN zones AS u ON d.user_id = u.user_id AND m.measured_at >= u.from_at AND m.measured_at < u.to_at
        AND m.measured_offset_minutes IS NULL
), judged AS (
    SELECT *, interval_steps < 0 OR interval_steps * 60000 > 300 * (end_ms - start_ms) + 60000
        OR end_ms - start_ms > 90000000 AS is_rejected
    FROM whole
), ranked AS (
    SELECT *, 1::BIGINT << (dense_rank() OVER (PARTITION BY merged ORDER BY priority, device_id) - 1) AS bit
    FROM judged WHERE NOT is_rejected
), trimmed AS (
    SELECT *, greatest(start_ms, max(end_ms) OVER (
        PARTITION BY merged, device_id ORDER BY measured_at, interval_end, event_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS from_ms
    FROM ranked QUALIFY from_ms < end_ms
), edges AS (
    SELECT merged, bit, from_ms AS at_ms, bit AS change, device_id, measured_at FROM trimmed
    UNION ALL SELECT merged, bit, end_ms, -bit, NULL, NULL FROM trimmed
), states AS (
    SELECT *,
        sum(change) OVER running AS runs,
        sum(change) OVER instant AS changed,
        bit_or(bit) OVER instant AS touched,
        lead(at_ms) OVER running IS DISTINCT FROM at_ms AS is_last
    FROM edges
    WINDOW running AS (PARTITION BY merged ORDER BY at_ms),
        instant AS (PARTITION BY merged ORDER BY at_ms RANGE BETWEEN CURRENT ROW AND CURRENT ROW)
), winners AS (
    SELECT *, runs::BIGINT & -runs::BIGINT AS winner,
        (runs - changed)::BIGINT & -(runs - changed)::BIGINT AS before
    FROM states
), marks AS (
    SELECT merged, at_ms, bit AS device_bit, 0 AS kind, device_id, measured_at FROM winners
    WHERE measured_at IS NOT NULL
    UNION ALL SELECT merged, at_ms, winner, 1, NULL, NULL FROM winners
    WHERE is_last AND winner <> 0 AND (winner <> before OR touched & winner <> 0)
    UNION ALL SELECT merged, at_ms, before, 2, NULL, NULL FROM winners
    WHERE is_last AND before <> 0 AND winner <> before
), stretches AS (
    SELECT kind, at_ms AS from_ms, lead(at_ms) OVER device AS to_ms,
        last_value(device_id IGNORE NULLS) OVER device AS device_id,
        last_value(measured_at IGNORE NULLS) OVER device AS measured_at
    FROM marks
    WINDOW device AS (PARTITION BY merged, device_bit ORDER BY at_ms, kind)
), parts AS (
    SELECT j.*, s.from_ms, s.to_ms, unnest(range((s.from_ms + shift_ms) // 3600000,
        (s.to_ms - 1 + shift_ms) // 3600000 + 1)) AS local_hour
    FROM stretches AS s
    JOIN (SELECT *, utc_offset_minutes::BIGINT * 60000 AS shift_ms FROM judged) AS j USING (device_id, measured_at)
    WHERE s.kind = 1
), cut AS (
    SELECT * EXCLUDE (from_ms, to_ms), greatest(from_ms, local_hour * 3600000 - shift_ms) AS from_ms,
        least(to_ms, local_hour * 3600000 - shift_ms + 3600000) AS to_ms
    FROM parts
)
SELECT local_date(make_timestamptz(from_ms * 1000), utc_offset_minutes) AS event_date, user_id, device_id, measured_at,
    make_timestamptz(from_ms * 1000) AS started_at, make_timestamptz(to_ms * 1000) AS ended_at,
    (interval_steps * (to_ms - start_ms)) // (end_ms - start_ms)
        - (interval_steps * (from_ms - start_ms)) // (end_ms - start_ms) AS steps,
    interval_end, interval_steps, is_time_estimated, utc_offset_minutes, is_offset_assumed, event_id,
    'accepted' AS _status
FROM cut
UNION ALL
SELECT local_date(measured_at, utc_offset_minutes), user_id, device_id, measured_at, measured_at, interval_end,
    interval_steps, interval_end, interval_steps, is_time_estimated, utc_offset_minutes, is_offset_assumed, event_id,
    'rejected'
FROM judged WHERE is_rejected
