with

source as (
    select * from {{ source('health', 'heart_rate_1h') }}
),

final as (
    select
        cast(user_id as {{ dbt.type_string() }}) as user_id,
        cast(event_date as date) as event_date,
        cast(window_start_at as {{ type_instant() }}) as window_start_at,
        cast(avg_bpm as {{ type_decimal(6, 2) }}) as avg_bpm,
        cast(min_bpm as {{ dbt.type_int() }}) as min_bpm,
        cast(max_bpm as {{ dbt.type_int() }}) as max_bpm,
        cast(sum_bpm as {{ dbt.type_bigint() }}) as sum_bpm,
        cast(reading_count as {{ dbt.type_bigint() }}) as reading_count
    from source
)

select * from final
