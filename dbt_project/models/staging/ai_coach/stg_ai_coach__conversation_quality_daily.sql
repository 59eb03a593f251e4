with

source as (
    select * from {{ source('ai_coach', 'conversation_quality_daily') }}
),

final as (
    select
        cast(event_date as date) as event_date,
        cast(intent as {{ dbt.type_string() }}) as intent,
        cast(conversation_count as {{ dbt.type_bigint() }}) as conversation_count,
        cast(user_count as {{ dbt.type_bigint() }}) as user_count,
        cast(user_turns as {{ dbt.type_bigint() }}) as user_turns,
        cast(coach_turns as {{ dbt.type_bigint() }}) as coach_turns,
        cast(tokens as {{ dbt.type_bigint() }}) as tokens,
        latency_avg_ms,
        latency_p95_ms,
        latency_max_ms,
        cast(rating_count as {{ dbt.type_bigint() }}) as rating_count,
        rating_avg
    from source
)

select * from final
