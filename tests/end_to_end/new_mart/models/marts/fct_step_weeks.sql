{{ config(order_by=['user_id', 'week_start_date'], partition_by='toYYYYMM(week_start_date)') }}

with

step_days as (
    select * from {{ ref('int_step_days') }}
),

final as (
    select
        user_id,
        toMonday(activity_date) as week_start_date,
        count() as day_count,
        countIf(is_ten_thousand) as ten_thousand_count,
        max(steps) as best_day_steps
    from step_days
    group by user_id, week_start_date
)

select * from final
