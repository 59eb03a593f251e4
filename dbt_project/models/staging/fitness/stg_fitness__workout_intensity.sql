with

source as (
    select * from {{ source('fitness', 'workout_intensity') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(event_date as date) as event_date,
        cast(workout_session_id as {{ dbt.type_string() }}) as workout_session_id,
        activity_type,
        cast(started_at as {{ type_instant() }}) as started_at,
        cast(duration_s as {{ dbt.type_bigint() }}) as duration_s,
        cast(moving_s as {{ dbt.type_bigint() }}) as moving_s,
        distance_m,
        heart_rate_avg_bpm,
        max_heart_rate_bpm,
        seconds_zone_1,
        seconds_zone_2,
        seconds_zone_3,
        seconds_zone_4,
        seconds_zone_5,
        load
    from source
)

select * from final
