{{ config(order_by=['group_id']) }}

with

versions as (
    select * from {{ ref('stg_app_db__groups') }}
),

ranked as (
    select
        *,
        row_number() over (partition by group_id order by valid_from desc) as nth_newest
    from versions
),

final as (
    select
        group_id,
        group_name,
        city,
        created_at,
        valid_to as deleted_at,
        cast(valid_to is not null as bool) as is_deleted
    from ranked
    where nth_newest = 1
)

select * from final
