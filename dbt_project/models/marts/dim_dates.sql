{{ config(order_by=['calendar_date']) }}

with

days as (
    select toDate('2000-01-01') + number as calendar_date
    from numbers(dateDiff('day', toDate('2000-01-01'), toDate('2050-01-01')))
),

final as (
    select
        calendar_date,
        toYear(calendar_date) as calendar_year,
        toQuarter(calendar_date) as quarter_of_year,
        toMonth(calendar_date) as month_of_year,
        dateName('month', calendar_date) as month_name,
        toDayOfMonth(calendar_date) as day_of_month,
        toDayOfYear(calendar_date) as day_of_year,
        toDayOfWeek(calendar_date) as day_of_week,
        dateName('weekday', calendar_date) as day_name,
        toISOYear(calendar_date) as iso_year,
        toISOWeek(calendar_date) as iso_week,
        toStartOfYear(calendar_date) as year_start_date,
        toStartOfQuarter(calendar_date) as quarter_start_date,
        toStartOfMonth(calendar_date) as month_start_date,
        toMonday(calendar_date) as week_start_date,
        cast(toDayOfWeek(calendar_date) >= 6 as bool) as is_weekend,
        cast(calendar_date = toLastDayOfMonth(calendar_date) as bool) as is_month_end
    from days
)

select * from final
