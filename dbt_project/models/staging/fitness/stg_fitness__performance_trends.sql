with

source as (
    select * from {{ source('fitness', 'performance_trends') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(metric as {{ dbt.type_string() }}) as metric,
        cast(week_start_date as date) as week_start_date,
        cast(metric_value as {{ type_decimal(20, 3) }}) as metric_value,
        cast(week_count as {{ dbt.type_bigint() }}) as week_count,
        slope_per_week
    from source
)

select * from final
