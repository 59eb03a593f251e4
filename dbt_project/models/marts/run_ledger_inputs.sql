{{ config(order_by=['table_name', 'batch', 'ordinal']) }}

with

source as (
    select * from {{ source('ops', 'batch_inputs') }}
),

final as (
    select
        table_name,
        batch,
        ordinal,
        kind,
        name,
        kafka_partition,
        first_offset,
        last_offset,
        first_batch,
        last_batch,
        version,
        row_count,
        size_bytes,
        checksum
    from source
)

select * from final
