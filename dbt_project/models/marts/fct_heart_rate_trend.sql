{{ config(
    materialized='by_month',
    order_by=['user_id', 'minute_start_at'],
    partition_by='toYYYYMM(event_date)'
) }}

with

minutes as (
    select * from {{ ref('stg_health__heart_rate_trend') }}
),

final as (
    select
        user_id,
        minute_start_at,
        event_date,
        avg_bpm,
        min_bpm,
        max_bpm,
        reading_count,
        change_bpm
    from minutes
)

select * from final
