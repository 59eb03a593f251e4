with

source as (
    select * from {{ source('health', 'hourly_steps') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(event_date as date) as event_date,
        cast(local_hour as {{ dbt.type_int() }}) as local_hour,
        cast(utc_offset_minutes as {{ dbt.type_int() }}) as utc_offset_minutes,
        cast(steps as {{ dbt.type_bigint() }}) as steps
    from source
)

select * from final
