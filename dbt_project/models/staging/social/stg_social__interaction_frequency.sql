with

source as (
    select * from {{ source('social', 'interaction_frequency') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(event_date as date) as event_date,
        cast(interaction_type as {{ dbt.type_string() }}) as interaction_type,
        cast(interaction_count as {{ dbt.type_bigint() }}) as interaction_count,
        cast(target_count as {{ dbt.type_bigint() }}) as target_count,
        cast(group_count as {{ dbt.type_bigint() }}) as group_count
    from source
)

select * from final
