{{ config(
    materialized='by_month',
    order_by=['user_id', 'event_date', 'local_hour', 'utc_offset_minutes'],
    partition_by='toYYYYMM(event_date)'
) }}

with

hourly_steps as (
    select * from {{ ref('stg_health__hourly_steps') }}
),

final as (
    select
        user_id,
        event_date,
        local_hour,
        utc_offset_minutes,
        steps
    from hourly_steps
)

select * from final
