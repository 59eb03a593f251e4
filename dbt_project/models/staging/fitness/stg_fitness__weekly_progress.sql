with

source as (
    select * from {{ source('fitness', 'weekly_progress') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(week_start_date as date) as week_start_date,
        cast(active_days as {{ dbt.type_bigint() }}) as active_days,
        steps,
        distance_m,
        active_kcal,
        total_kcal,
        cast(active_minutes as {{ dbt.type_bigint() }}) as active_minutes,
        cast(workout_count as {{ dbt.type_bigint() }}) as workout_count,
        cast(workout_minutes as {{ dbt.type_bigint() }}) as workout_minutes,
        steps_change,
        distance_change_m,
        active_minutes_change,
        workout_count_change
    from source
)

select * from final
