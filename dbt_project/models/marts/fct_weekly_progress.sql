{{ config(
    materialized='by_month',
    order_by=['user_id', 'week_start_date'],
    partition_by='toYYYYMM(week_start_date)'
) }}

with

weekly_progress as (
    select * from {{ ref('stg_fitness__weekly_progress') }}
),

final as (
    select
        user_id,
        week_start_date,
        active_days,
        steps,
        distance_m,
        active_kcal,
        total_kcal,
        active_minutes,
        workout_count,
        workout_minutes,
        steps_change,
        distance_change_m,
        active_minutes_change,
        workout_count_change
    from weekly_progress
)

select * from final
