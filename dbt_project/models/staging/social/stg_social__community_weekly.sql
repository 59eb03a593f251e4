with

source as (
    select * from {{ source('social', 'community_weekly') }}
),

final as (
    select
        cast(group_id as {{ dbt.type_string() }}) as group_id,
        cast(week_start_date as date) as week_start_date,
        cast(members as {{ dbt.type_bigint() }}) as members,
        cast(new_members as {{ dbt.type_bigint() }}) as new_members,
        cast(left_members as {{ dbt.type_bigint() }}) as left_members,
        cast(active_members as {{ dbt.type_bigint() }}) as active_members,
        retention
    from source
)

select * from final
