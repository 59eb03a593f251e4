with

source as (
    select * from {{ source('app_db', 'users') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        time_zone,
        birth_year,
        sex,
        height_cm,
        city,
        has_consented,
        created_at,
        cast(valid_from as {{ type_instant() }}) as valid_from,
        valid_to
    from source
)

select * from final
