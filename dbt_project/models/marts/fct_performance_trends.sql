{{ config(
    materialized='by_month',
    order_by=['user_id', 'metric', 'week_start_date'],
    partition_by='toYYYYMM(week_start_date)'
) }}

with

performance_trends as (
    select * from {{ ref('stg_fitness__performance_trends') }}
),

final as (
    select
        user_id,
        metric,
        week_start_date,
        metric_value,
        week_count,
        slope_per_week
    from performance_trends
)

select * from final
