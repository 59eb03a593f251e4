{{ config(order_by=['user_id']) }}

with

users as (
    select * from {{ ref('int_users__latest') }}
),

final as (
    select
        user_id,
        time_zone,
        birth_year,
        sex,
        height_cm,
        city,
        has_consented,
        created_at,
        deleted_at,
        cast(deleted_at is not null as bool) as is_deleted
    from users
)

select * from final
