with

source as (
    select * from {{ source('app', 'user_sessions_daily') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(event_date as date) as event_date,
        cast(session_count as {{ dbt.type_bigint() }}) as session_count,
        cast(event_count as {{ dbt.type_bigint() }}) as event_count,
        cast(screen_count as {{ dbt.type_bigint() }}) as screen_count,
        cast(seconds_in_app as {{ dbt.type_bigint() }}) as seconds_in_app,
        cast(first_seen_at as {{ type_instant() }}) as first_seen_at,
        cast(last_seen_at as {{ type_instant() }}) as last_seen_at
    from source
)

select * from final
