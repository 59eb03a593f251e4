{#
    A table whose partitions are months, of which a release makes anew only those that moved. The others are linked
    from the release that is shown, file by file, so that a release costs what moved and not what there is. The job
    `release` says which months moved (`staging_next.moved_months`); of a dataset that is not named there, and wherever
    analysts build, all are made.

    Rows of a month must follow from rows of one dataset in that month, without joins.
#}
{% materialization by_month, adapter='clickhouse' %}
    {%- set standing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set made = make_backup_relation(target_relation, 'table') if standing else target_relation -%}
    {%- if standing -%}{% do drop_relation_if_exists(load_cached_relation(made)) %}{%- endif -%}
    {%- set moved = fitness.moved_months() -%}
    {%- set rows = sql if moved is none else fitness.rows_of_months(sql, moved.months) -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, made, rows) }}
    {%- endcall %}
    {% if moved is not none %}
        {% do fitness.take_over_other_months(made, moved) %}
    {% endif %}
    {% if standing %}
        {% do exchange_tables_atomic(made, standing) %}
        {% do drop_relation_if_exists(made) %}
    {% endif %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# The database of the release that is shown, and the months (as 202503) that differ; none where all are to be made. #}
{% macro moved_months() %}
    {%- set source = fitness.only_source(model) if target.name.endswith('_production') else none -%}
    {%- if source is none -%}{{ return(none) }}{%- endif -%}
    {%- set told = run_query(
        "select base, months from staging_next.moved_months where dataset = '" ~ source.identifier ~ "'"
    ).rows -%}
    {%- if not told or fitness.was_changed_by_hand(told[0][0]) -%}{{ return(none) }}{%- endif -%}
    {{ return({'base': told[0][0], 'months': told[0][1].split(',') if told[0][1] else []}) }}
{% endmacro %}


{# Whether rows of this table were deleted or updated after it was built. Rows too few or too many, a test finds. #}
{% macro was_changed_by_hand(base) %}
    {{ return(run_query(
        "select count() from system.mutations where database = '" ~ base ~ "' and table = '" ~ this.identifier ~ "'"
    ).rows[0][0] > 0) }}
{% endmacro %}


{# The one table of the lake that a node is made from, through its staging model; none if there are more. #}
{% macro only_source(node) %}
    {%- set above = node.depends_on.nodes -%}
    {%- if above | length != 1 -%}{{ return(none) }}{%- endif -%}
    {%- if above[0] in graph.sources -%}{{ return(graph.sources[above[0]]) }}{%- endif -%}
    {{ return(fitness.only_source(graph.nodes[above[0]])) }}
{% endmacro %}


{% macro rows_of_months(sql, months) %}
    select *
    from (
        {{ sql }}
    )
    where {{ config.require('partition_by') }} in ({{ months | join(', ') or 'null' }})
{% endmacro %}


{% macro take_over_other_months(made, moved) %}
    {%- set standing = run_query(
        "select distinct partition_id from system.parts where active and database = '" ~ moved.base
        ~ "' and table = '" ~ this.identifier ~ "' order by partition_id"
    ).columns[0].values() -%}
    {%- set links = [] -%}
    {%- for month in standing if month not in moved.months -%}
        {%- do links.append("attach partition id '" ~ month ~ "' from " ~ moved.base ~ "." ~ this.identifier) -%}
    {%- endfor -%}
    {%- if links -%}
        {% do run_query("alter table " ~ made ~ " " ~ links | join(', ')) %}
    {%- endif -%}
{% endmacro %}
