"""One release at a time: pins → both warehouses → dbt → proof → one decision in the lake → an atomic switch in each."""
