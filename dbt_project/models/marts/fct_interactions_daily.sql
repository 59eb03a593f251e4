{{ config(
    materialized='by_month',
    order_by=['user_id', 'event_date', 'interaction_type'],
    partition_by='toYYYYMM(event_date)'
) }}

with

interaction_frequency as (
    select * from {{ ref('stg_social__interaction_frequency') }}
),

final as (
    select
        user_id,
        event_date,
        interaction_type,
        interaction_count,
        target_count,
        group_count
    from interaction_frequency
)

select * from final
