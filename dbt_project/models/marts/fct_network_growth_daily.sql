{{ config(
    materialized='by_month',
    order_by=['event_date'],
    partition_by='toYYYYMM(event_date)'
) }}

with

network_growth_daily as (
    select * from {{ ref('stg_social__network_growth_daily') }}
),

final as (
    select
        event_date,
        nodes,
        edges,
        new_edges,
        lost_edges,
        density
    from network_growth_daily
)

select * from final
