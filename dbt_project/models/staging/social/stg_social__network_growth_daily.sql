with

source as (
    select * from {{ source('social', 'network_growth_daily') }}
),

final as (
    select
        cast(event_date as date) as event_date,
        cast(nodes as {{ dbt.type_bigint() }}) as nodes,
        cast(edges as {{ dbt.type_bigint() }}) as edges,
        cast(new_edges as {{ dbt.type_bigint() }}) as new_edges,
        cast(lost_edges as {{ dbt.type_bigint() }}) as lost_edges,
        density
    from source
)

select * from final
