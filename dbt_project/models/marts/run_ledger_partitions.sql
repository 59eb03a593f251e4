{{ config(order_by=['table_name', 'batch']) }}

with

source as (
    select * from {{ source('ops', 'batch_partitions') }}
),

final as (
    select
        table_name,
        batch,
        partition_date,
        rows_out,
        rows_quarantined,
        rows_replaced,
        files,
        size_bytes
    from source
)

select * from final
