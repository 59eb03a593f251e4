with

source as (
    select * from {{ source('app_db', 'groups') }}
),

final as (
    select
        cast(group_id as {{ dbt.type_string() }}) as group_id,
        group_name,
        city,
        created_at,
        cast(valid_from as {{ type_instant() }}) as valid_from,
        valid_to
    from source
)

select * from final
