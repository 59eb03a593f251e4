{#
    In production a model goes to the schema of its layer, for the next release: `marts_next`; what is released takes
    it from there, and the docs name what is released: `marts`. Everywhere else all go to the analyst's own.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name.endswith('_production') and custom_schema_name -%}
        {{ custom_schema_name }}_next
    {%- elif target.name.endswith('_released') and custom_schema_name -%}
        {{ custom_schema_name }}
    {%- else -%}
        {{ target.schema }}
    {%- endif -%}
{%- endmacro %}
