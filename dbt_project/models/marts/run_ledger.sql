{{ config(order_by=['table_name', 'batch']) }}

with

source as (
    select * from {{ source('ops', 'batches') }}
),

final as (
    select
        table_name,
        dataset,
        zone,
        contract_version,
        batch,
        state,
        operation,
        version,
        run,
        edition,
        code_version,
        started_at,
        committed_at,
        seconds,
        cpu_seconds,
        first_date,
        last_date,
        rows_in,
        rows_out,
        rows_quarantined,
        rows_late,
        rows_duplicate,
        rows_replaced,
        files,
        size_bytes
    from source
)

select * from final
