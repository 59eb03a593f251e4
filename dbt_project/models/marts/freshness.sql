{{ config(order_by=['table_name', 'dataset']) }}

{{ freshness_of([
    {'table': 'dim_users', 'dataset': 'app_db/users', 'date_column': none},
    {'table': 'dim_users_history', 'dataset': 'app_db/users', 'date_column': none},
    {'table': 'dim_groups', 'dataset': 'app_db/groups', 'date_column': none},
    {'table': 'dim_devices', 'dataset': 'app_db/devices', 'date_column': none},
    {'table': 'fct_daily_activity', 'dataset': 'health/daily_activity', 'date_column': 'activity_date'},
    {'table': 'fct_hourly_steps', 'dataset': 'health/hourly_steps', 'date_column': 'event_date'},
    {'table': 'fct_heart_rate_5m', 'dataset': 'health/heart_rate_5m', 'date_column': 'event_date'},
    {'table': 'fct_nightly_sleep', 'dataset': 'health/nightly_sleep', 'date_column': 'sleep_date'},
    {'table': 'fct_app_usage_daily', 'dataset': 'app/user_sessions_daily', 'date_column': 'event_date'},
    {'table': 'fct_community_weekly', 'dataset': 'social/community_weekly', 'date_column': 'week_start_date'},
    {'table': 'fct_conversation_quality_daily', 'dataset': 'ai_coach/conversation_quality_daily', 'date_column': 'event_date'},
    {'table': 'fct_engagement_daily', 'dataset': 'social/engagement_daily', 'date_column': 'event_date'},
    {'table': 'fct_interactions_daily', 'dataset': 'social/interaction_frequency', 'date_column': 'event_date'},
    {'table': 'fct_monthly_goals', 'dataset': 'fitness/monthly_goals', 'date_column': 'month_start_date'},
    {'table': 'fct_network_growth_daily', 'dataset': 'social/network_growth_daily', 'date_column': 'event_date'},
    {'table': 'fct_performance_trends', 'dataset': 'fitness/performance_trends', 'date_column': 'week_start_date'},
    {'table': 'fct_weekly_progress', 'dataset': 'fitness/weekly_progress', 'date_column': 'week_start_date'},
    {'table': 'fct_workouts', 'dataset': 'fitness/workout_intensity', 'date_column': 'event_date'},
]) }}
