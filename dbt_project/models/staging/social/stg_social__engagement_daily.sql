with

source as (
    select * from {{ source('social', 'engagement_daily') }}
),

final as (
    select
        cast(event_date as date) as event_date,
        cast(daily_active_users as {{ dbt.type_bigint() }}) as daily_active_users,
        cast(weekly_active_users as {{ dbt.type_bigint() }}) as weekly_active_users,
        cast(monthly_active_users as {{ dbt.type_bigint() }}) as monthly_active_users,
        cast(app_users as {{ dbt.type_bigint() }}) as app_users,
        cast(interacting_users as {{ dbt.type_bigint() }}) as interacting_users,
        cast(session_count as {{ dbt.type_bigint() }}) as session_count,
        cast(interaction_count as {{ dbt.type_bigint() }}) as interaction_count,
        cast(stickiness as {{ type_decimal(5, 4) }}) as stickiness,
        cast(interaction_rate as {{ type_decimal(5, 4) }}) as interaction_rate
    from source
)

select * from final
