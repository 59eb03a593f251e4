{# In production a model goes to the schema of its layer; everywhere else all go to the analyst's own. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name.endswith('_production') and custom_schema_name -%}
        {{ custom_schema_name }}
    {%- else -%}
        {{ target.schema }}
    {%- endif -%}
{%- endmacro %}
