{{ config(
    materialized='by_month',
    order_by=['user_id', 'sleep_date'],
    partition_by='toYYYYMM(sleep_date)'
) }}

with

nightly_sleep as (
    select * from {{ ref('stg_health__nightly_sleep') }}
),

final as (
    select
        user_id,
        sleep_date,
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
        nap_minutes,
        toMonday(sleep_date) as week_start_date
    from nightly_sleep
)

select * from final
