{{ config(
    materialized='by_month',
    order_by=['event_date', 'intent'],
    partition_by='toYYYYMM(event_date)'
) }}

with

conversation_quality_daily as (
    select * from {{ ref('stg_ai_coach__conversation_quality_daily') }}
),

final as (
    select
        event_date,
        intent,
        conversation_count,
        user_count,
        user_turns,
        coach_turns,
        tokens,
        latency_avg_ms,
        latency_p95_ms,
        latency_max_ms,
        rating_count,
        rating_avg
    from conversation_quality_daily
)

select * from final
