{{ config(
    materialized='by_month',
    order_by=['user_id', 'event_date'],
    partition_by='toYYYYMM(event_date)'
) }}

with

user_sessions_daily as (
    select * from {{ ref('stg_app__user_sessions_daily') }}
),

final as (
    select
        user_id,
        event_date,
        session_count,
        event_count,
        screen_count,
        seconds_in_app,
        first_seen_at,
        last_seen_at
    from user_sessions_daily
)

select * from final
