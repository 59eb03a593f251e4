WITH decoded AS (
    SELECT *, from_json(CASE WHEN json_valid(text) THEN text END, '{
        "event_id": "VARCHAR", "user_id": "VARCHAR", "event_type": "VARCHAR", "occurred_at": "VARCHAR",
        "sent_at": "VARCHAR", "screen": "VARCHAR", "platform": "VARCHAR", "app_version": "VARCHAR"}') AS f
    FROM (SELECT *, decode(_value) AS text FROM raw)
), typed AS (
    SELECT _partition, _offset, _logged_at, _value, f IS NULL AS is_unreadable,
        f.event_id, f.user_id, f.event_type,
        instant(f.occurred_at) AS occurred_at, offset_minutes(f.occurred_at) AS occurred_offset_minutes,
        instant(f.sent_at) AS sent_at, f.screen, f.platform, f.app_version
    FROM decoded
)
SELECT *, list_filter(CASE WHEN is_unreadable THEN ['not_json'] ELSE [
    CASE WHEN NOT is_given(event_id) THEN 'missing: event_id' END,
    CASE WHEN NOT is_given(user_id) THEN 'missing: user_id' END,
    CASE WHEN NOT is_given(event_type) THEN 'missing: event_type' END,
    CASE WHEN occurred_at IS NULL THEN 'missing: occurred_at' END,
    CASE WHEN NOT regexp_full_match(event_type, '[a-z][a-z0-9_]{0,62}') THEN 'event_type_is_a_name' END
] END, lambda reason: reason IS NOT NULL) AS _reasons
FROM typed
