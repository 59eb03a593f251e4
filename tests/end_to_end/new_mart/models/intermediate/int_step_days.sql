with

daily_activity as (
    select * from {{ ref('stg_health__daily_activity') }}
),

final as (
    select
        user_id,
        activity_date,
        steps,
        steps >= 10000 as is_ten_thousand
    from daily_activity
    where steps is not null
)

select * from final
