-- DuckDB reads no Avro message: `raw` comes with the fields that fastavro has read, null where it could not.
WITH typed AS (
    SELECT _partition, _offset, _logged_at, _value, f IS NULL AS is_unreadable,
        f.event_id, f.conversation_id, f.user_id, f.role, f.intent, f.text, f.tokens::INTEGER AS tokens,
        f.latency_ms::INTEGER AS latency_ms, f.rating::INTEGER AS rating,
        instant(f.occurred_at) AS occurred_at, offset_minutes(f.occurred_at) AS occurred_offset_minutes,
        instant(f.sent_at) AS sent_at
    FROM raw
)
SELECT *, list_filter(CASE WHEN is_unreadable THEN ['not_avro'] ELSE [
    CASE WHEN NOT is_given(event_id) THEN 'missing: event_id' END,
    CASE WHEN NOT is_given(conversation_id) THEN 'missing: conversation_id' END,
    CASE WHEN NOT is_given(user_id) THEN 'missing: user_id' END,
    CASE WHEN NOT is_given(role) THEN 'missing: role' END,
    CASE WHEN occurred_at IS NULL THEN 'missing: occurred_at' END,
    CASE WHEN role NOT IN ('user', 'coach') THEN 'role_is_known' END,
    CASE WHEN tokens < 0 THEN 'tokens_are_not_negative' END,
    CASE WHEN latency_ms < 0 THEN 'latency_is_not_negative' END,
    CASE WHEN NOT rating BETWEEN 1 AND 5 THEN 'rating_is_one_to_five' END
] END, lambda reason: reason IS NOT NULL) AS _reasons
FROM typed
