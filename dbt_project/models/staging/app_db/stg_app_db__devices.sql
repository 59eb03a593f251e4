with

source as (
    select * from {{ source('app_db', 'devices') }}
),

final as (
    select
        cast(device_id as {{ dbt.type_string() }}) as device_id,
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        model,
        device_kind,
        cast(priority as {{ dbt.type_int() }}) as priority,
        cast(owned_from as {{ type_instant() }}) as owned_from,
        owned_to,
        cast(valid_from as {{ type_instant() }}) as valid_from,
        valid_to
    from source
)

select * from final
