{{ config(order_by=['user_id', 'valid_from']) }}

with

versions as (
    select * from {{ ref('stg_app_db__users') }}
),

final as (
    select
        user_id,
        valid_from,
        valid_to,
        time_zone,
        birth_year,
        sex,
        height_cm,
        city,
        has_consented,
        created_at,
        cast(valid_to is null as bool) as is_current
    from versions
)

select * from final
