WITH turns AS (
    SELECT *, role = 'coach' AS is_answer, CASE WHEN role = 'coach' THEN latency_ms END AS latency,
        CASE WHEN role = 'coach' THEN rating END AS stars
    FROM ai_coach__conversation_turns
)
SELECT event_date, coalesce(intent, 'unknown') AS intent, count(DISTINCT conversation_id) AS conversation_count,
    count(DISTINCT user_id) AS user_count, count(*) FILTER (NOT is_answer) AS user_turns,
    count(*) FILTER (is_answer) AS coach_turns, coalesce(sum(tokens), 0)::BIGINT AS tokens,
    rounded(sum(latency), nullif(count(latency), 0))::BIGINT AS latency_avg_ms,
    quantile_disc(latency, 0.95) AS latency_p95_ms, max(latency) AS latency_max_ms, count(stars) AS rating_count,
    (rounded(100 * sum(stars), nullif(count(stars), 0))::DECIMAL(10, 0) * 0.01)::DECIMAL(5, 2) AS rating_avg
FROM turns
GROUP BY event_date, coalesce(intent, 'unknown')
