{{ config(
    materialized='by_month',
    order_by=['user_id', 'goal_id', 'month_start_date'],
    partition_by='toYYYYMM(month_start_date)'
) }}

with

monthly_goals as (
    select * from {{ ref('stg_fitness__monthly_goals') }}
),

final as (
    select
        user_id,
        goal_id,
        month_start_date,
        goal_type,
        target_unit,
        goal_days,
        measured_days,
        target_total,
        achieved_total,
        achieved_share
    from monthly_goals
)

select * from final
