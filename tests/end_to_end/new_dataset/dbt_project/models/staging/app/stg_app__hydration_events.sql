with

source as (
    select * from {{ source('app', 'hydration_events') }}
),

final as (
    select
        cast(event_id as {{ dbt.type_string() }}) as event_id,
        cast(event_date as date) as drunk_date,
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        drink,
        volume_ml,
        occurred_at
    from source
)

select * from final
