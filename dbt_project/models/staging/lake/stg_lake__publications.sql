with

source as (
    select * from {{ source('lake', 'publications') }}
),

final as (
    select
        dataset,
        lake_zone,
        lake_version,
        row_count,
        newest_date,
        published_at,
        release_id
    from source
)

select * from final
