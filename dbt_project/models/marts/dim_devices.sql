{{ config(order_by=['device_id', 'owned_from']) }}

with

devices as (
    select * from {{ ref('int_devices__latest') }}
),

final as (
    select
        device_id,
        owned_from,
        user_id,
        model,
        device_kind,
        priority,
        owned_to,
        deleted_at,
        cast(owned_to is null and deleted_at is null as bool) as is_current
    from devices
)

select * from final
