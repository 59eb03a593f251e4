with

versions as (
    select * from {{ ref('stg_app_db__users') }}
),

ranked as (
    select
        *,
        row_number() over (partition by user_id order by valid_from desc) as nth_newest
    from versions
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
        valid_to as deleted_at
    from ranked
    where nth_newest = 1
)

select * from final
