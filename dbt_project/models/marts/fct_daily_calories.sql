{{ config(
    materialized='by_month',
    order_by=['user_id', 'activity_date'],
    partition_by='toYYYYMM(activity_date)'
) }}

with

daily_calories as (
    select * from {{ ref('stg_health__daily_calories') }}
),

final as (
    select
        user_id,
        activity_date,
        active_kcal,
        basal_kcal,
        total_kcal,
        estimated_basal_kcal,
        is_basal_estimated
    from daily_calories
)

select * from final
