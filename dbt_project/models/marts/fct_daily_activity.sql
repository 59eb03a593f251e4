{{ config(
    materialized='by_month',
    order_by=['user_id', 'activity_date'],
    partition_by='toYYYYMM(activity_date)'
) }}

with

daily_activity as (
    select * from {{ ref('stg_health__daily_activity') }}
),

final as (
    select
        user_id,
        activity_date,
        steps,
        distance_m,
        active_kcal,
        basal_kcal,
        total_kcal,
        active_minutes,
        sedentary_minutes,
        resting_heart_rate_bpm,
        toMonday(activity_date) as week_start_date,
        toStartOfMonth(activity_date) as month_start_date,
        cast(toDayOfWeek(activity_date) >= 6 as bool) as is_weekend
    from daily_activity
)

select * from final
