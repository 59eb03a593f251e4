{{ config(
    materialized='by_month',
    order_by=['user_id', 'event_date', 'workout_session_id'],
    partition_by='toYYYYMM(event_date)'
) }}

with

workout_intensity as (
    select * from {{ ref('stg_fitness__workout_intensity') }}
),

final as (
    select
        user_id,
        event_date,
        workout_session_id,
        activity_type,
        started_at,
        duration_s,
        moving_s,
        distance_m,
        heart_rate_avg_bpm,
        max_heart_rate_bpm,
        seconds_zone_1,
        seconds_zone_2,
        seconds_zone_3,
        seconds_zone_4,
        seconds_zone_5,
        load
    from workout_intensity
)

select * from final
