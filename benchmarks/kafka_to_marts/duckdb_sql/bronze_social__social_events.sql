WITH decoded AS (
    SELECT *, from_json(CASE WHEN json_valid(text) THEN text END, '{
        "event_id": "VARCHAR", "interaction_type": "VARCHAR", "user_id": "VARCHAR", "target_user_id": "VARCHAR",
        "group_id": "VARCHAR", "content_id": "VARCHAR", "occurred_at": "VARCHAR", "sent_at": "VARCHAR"}') AS f
    FROM (SELECT *, decode(_value) AS text FROM raw)
), typed AS (
    SELECT _partition, _offset, _logged_at, _value, f IS NULL AS is_unreadable,
        f.event_id, f.interaction_type, f.user_id, f.target_user_id, f.group_id, f.content_id,
        instant(f.occurred_at) AS occurred_at, offset_minutes(f.occurred_at) AS occurred_offset_minutes,
        instant(f.sent_at) AS sent_at
    FROM decoded
)
SELECT *, list_filter(CASE WHEN is_unreadable THEN ['not_json'] ELSE [
    CASE WHEN NOT is_given(event_id) THEN 'missing: event_id' END,
    CASE WHEN NOT is_given(interaction_type) THEN 'missing: interaction_type' END,
    CASE WHEN NOT is_given(user_id) THEN 'missing: user_id' END,
    CASE WHEN occurred_at IS NULL THEN 'missing: occurred_at' END,
    CASE WHEN interaction_type NOT IN ('follow', 'unfollow', 'like', 'comment', 'message', 'share', 'join_group',
        'leave_group') THEN 'interaction_type_is_known' END
] END, lambda reason: reason IS NOT NULL) AS _reasons
FROM typed
