{# The model holds a row for each row that was published of a dataset. #}
{% test as_many_rows_as_published(model, dataset) %}

with

built as (
    select count(*) as row_count from {{ model }}
),

published as (
    select row_count from {{ ref('stg_lake__publications') }} where dataset = '{{ dataset }}'
)

select
    built.row_count as built_row_count,
    published.row_count as published_row_count
from built
cross join published
where built.row_count <> published.row_count

{% endtest %}
