with

source as (
    select * from {{ source('fitness', 'monthly_goals') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(goal_id as {{ dbt.type_string() }}) as goal_id,
        cast(month_start_date as date) as month_start_date,
        cast(goal_type as {{ dbt.type_string() }}) as goal_type,
        cast(target_unit as {{ dbt.type_string() }}) as target_unit,
        cast(goal_days as {{ dbt.type_bigint() }}) as goal_days,
        cast(measured_days as {{ dbt.type_bigint() }}) as measured_days,
        cast(target_total as {{ type_decimal(17, 3) }}) as target_total,
        achieved_total,
        achieved_share
    from source
)

select * from final
