with

versions as (
    select * from {{ ref('stg_app_db__devices') }}
),

ranked as (
    select
        *,
        row_number() over (partition by device_id, owned_from order by valid_from desc) as nth_newest
    from versions
),

final as (
    select
        device_id,
        user_id,
        model,
        device_kind,
        priority,
        owned_from,
        owned_to,
        valid_to as deleted_at
    from ranked
    where nth_newest = 1
)

select * from final
