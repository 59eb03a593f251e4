{{ config(alias='freshness') }}

{{ freshness_of([
    {'table': 'daily_user_summary', 'dataset': 'health/daily_activity', 'date_column': 'summary_date'},
    {'table': 'daily_user_summary', 'dataset': 'health/nightly_sleep', 'date_column': 'summary_date'},
    {'table': 'weekly_steps', 'dataset': 'health/daily_activity', 'date_column': 'week_start_date'},
]) }}
