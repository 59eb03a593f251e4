with

source as (
    select * from {{ source('health', 'daily_activity') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(activity_date as date) as activity_date,
        steps,
        distance_m,
        active_kcal,
        basal_kcal,
        total_kcal,
        active_minutes,
        sedentary_minutes,
        resting_heart_rate_bpm
    from source
)

select * from final
