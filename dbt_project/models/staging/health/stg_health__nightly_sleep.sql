with

source as (
    select * from {{ source('health', 'nightly_sleep') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(sleep_date as date) as sleep_date,
        bed_at,
        wake_at,
        minutes_in_bed,
        minutes_asleep,
        minutes_awake,
        minutes_light,
        minutes_deep,
        minutes_rem,
        efficiency,
        quality_score,
        minutes_asleep_7d,
        minutes_asleep_28d,
        session_count,
        nap_minutes
    from source
)

select * from final
