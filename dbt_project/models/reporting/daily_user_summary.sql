{{ config(indexes=[{'columns': ['summary_date']}]) }}

with

daily_activity as (
    select * from {{ ref('stg_health__daily_activity') }}
),

nightly_sleep as (
    select * from {{ ref('stg_health__nightly_sleep') }}
),

users as (
    select * from {{ ref('int_users__latest') }}
),

days as (
    select
        user_id,
        activity_date as summary_date
    from daily_activity
    union distinct
    select
        user_id,
        sleep_date as summary_date
    from nightly_sleep
),

final as (
    select
        days.user_id,
        days.summary_date,
        users.city,
        users.time_zone,
        daily_activity.steps,
        daily_activity.distance_m,
        daily_activity.active_kcal,
        daily_activity.basal_kcal,
        daily_activity.total_kcal,
        daily_activity.active_minutes,
        daily_activity.sedentary_minutes,
        daily_activity.resting_heart_rate_bpm,
        nightly_sleep.minutes_in_bed,
        nightly_sleep.minutes_asleep,
        nightly_sleep.efficiency as sleep_efficiency,
        nightly_sleep.nap_minutes
    from days
    left join daily_activity
        on days.user_id = daily_activity.user_id and days.summary_date = daily_activity.activity_date
    left join nightly_sleep
        on days.user_id = nightly_sleep.user_id and days.summary_date = nightly_sleep.sleep_date
    left join users on days.user_id = users.user_id
)

select * from final
