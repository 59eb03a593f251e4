{# Types that the adapters spell differently and dbt has no word for; none of them admits null on ClickHouse. #}

{% macro type_instant() %}{{ return(adapter.dispatch('type_instant', 'fitness')()) }}{% endmacro %}
{% macro default__type_instant() %}timestamp with time zone{% endmacro %}
{% macro clickhouse__type_instant() %}DateTime64(6, 'UTC'){% endmacro %}

{% macro type_decimal(precision, scale) %}{{ return(adapter.dispatch('type_decimal', 'fitness')(precision, scale)) }}{% endmacro %}
{% macro default__type_decimal(precision, scale) %}numeric({{ precision }}, {{ scale }}){% endmacro %}
{% macro clickhouse__type_decimal(precision, scale) %}Decimal({{ precision }}, {{ scale }}){% endmacro %}
