{#
    How fresh each mart is: one row per mart and dataset it is made from.

    marts: list of {table, dataset, date_column}; date_column is none where rows have no date.
#}
{% macro freshness_of(marts) %}
with

marts as (
    {% for mart in marts %}
    select
        '{{ mart.table }}' as table_name,
        '{{ mart.dataset }}' as dataset,
        {% if mart.date_column -%}
        case when count(*) > 0 then max({{ mart.date_column }}) end as newest_event_date,
        {%- else -%}
        cast(null as {{ nullable_date() }}) as newest_event_date,
        {%- endif %}
        count(*) as row_count
    from {{ ref(mart.table) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

publications as (
    select * from {{ ref('stg_lake__publications') }}
),

final as (
    select
        cast(marts.table_name as {{ dbt.type_string() }}) as table_name,
        cast(marts.dataset as {{ dbt.type_string() }}) as dataset,
        marts.newest_event_date as newest_event_date,
        cast(marts.row_count as {{ dbt.type_bigint() }}) as row_count,
        publications.published_at as published_at,
        publications.lake_version as lake_version,
        publications.release_id as release_id
    from marts
    left join publications on marts.dataset = publications.dataset
)

select * from final
{% endmacro %}


{% macro nullable_date() %}{{ return(adapter.dispatch('nullable_date', 'fitness')()) }}{% endmacro %}
{% macro default__nullable_date() %}date{% endmacro %}
{% macro clickhouse__nullable_date() %}Nullable(Date){% endmacro %}
