{{ config(
    materialized='by_month',
    order_by=['user_id', 'window_start_at'],
    partition_by='toYYYYMM(event_date)'
) }}

with

windows as (
    select * from {{ ref('stg_health__heart_rate_5m') }}
),

final as (
    select
        user_id,
        window_start_at,
        event_date,
        avg_bpm,
        min_bpm,
        max_bpm,
        sum_bpm,
        reading_count
    from windows
)

select * from final
