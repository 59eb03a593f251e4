{{ config(indexes=[{'columns': ['week_start_date']}]) }}

with

daily_activity as (
    select * from {{ ref('stg_health__daily_activity') }}
),

weeks as (
    select
        user_id,
        cast(date_trunc('week', activity_date) as date) as week_start_date,
        cast(sum(steps) as bigint) as steps,
        cast(count(steps) as integer) as day_count,
        max(steps) as best_day_steps
    from daily_activity
    where steps is not null
    group by user_id, cast(date_trunc('week', activity_date) as date)
),

final as (
    select
        weeks.user_id,
        weeks.week_start_date,
        weeks.steps,
        weeks.day_count,
        weeks.best_day_steps,
        week_before.steps as week_before_steps
    from weeks
    left join weeks as week_before
        on weeks.user_id = week_before.user_id and weeks.week_start_date = week_before.week_start_date + 7
)

select * from final
