{{ config(
    materialized='by_month',
    order_by=['group_id', 'week_start_date'],
    partition_by='toYYYYMM(week_start_date)'
) }}

with

community_weekly as (
    select * from {{ ref('stg_social__community_weekly') }}
),

final as (
    select
        group_id,
        week_start_date,
        members,
        new_members,
        left_members,
        active_members,
        retention
    from community_weekly
)

select * from final
