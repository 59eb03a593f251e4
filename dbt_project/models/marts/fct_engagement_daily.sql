{{ config(
    materialized='by_month',
    order_by=['event_date'],
    partition_by='toYYYYMM(event_date)'
) }}

with

engagement_daily as (
    select * from {{ ref('stg_social__engagement_daily') }}
),

final as (
    select
        event_date,
        daily_active_users,
        weekly_active_users,
        monthly_active_users,
        app_users,
        interacting_users,
        session_count,
        interaction_count,
        stickiness,
        interaction_rate
    from engagement_daily
)

select * from final
