with

source as (
    select * from {{ source('health', 'daily_calories') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(activity_date as date) as activity_date,
        active_kcal,
        basal_kcal,
        total_kcal,
        estimated_basal_kcal,
        cast(is_basal_estimated as bool) as is_basal_estimated
    from source
)

select * from final
