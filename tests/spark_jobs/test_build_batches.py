"""What comes again, or goes on, in a later batch: one row for each key, one session across batches."""


def test_a_file_landed_twice_gives_one_row_for_each_city_and_date(land, silver, rows_of):
    weather = {"city": "Seattle", "observation_date": "2025-03-24", "_event_date": "2025-03-24"}
    land("weather/daily_observations", {**weather, "weather": "rain"}, {**weather, "weather": "sun"})
    silver("weather/daily_observations")
    land("weather/daily_observations", {**weather, "weather": "fog", "_logged_at": "2025-04-01"})
    silver("weather/daily_observations")
    assert rows_of("weather/daily_observations", "observation_date", "weather") == [("2025-03-24", "rain")]


def test_a_line_of_a_log_that_comes_again_with_a_rotated_file_is_there_once_on_its_date(land, silver, rows_of):
    line = {"logged_at": "2025-03-24 23:59:59", "service": "api", "message": "slow", "_event_date": "2025-03-24"}
    land(
        "app_logs/service_logs",
        {**line, "_origin": "a"},
        {**line, "logged_at": "2025-03-25", "_event_date": "2025-03-25"},
    )
    silver("app_logs/service_logs")
    land("app_logs/service_logs", {**line, "_origin": "b", "_logged_at": "2025-03-26", "request_id": "again"})
    silver("app_logs/service_logs")
    assert rows_of("app_logs/service_logs", "event_date", "logged_at", "request_id") == [
        ("2025-03-24", "2025-03-24 23:59:59", None),
        ("2025-03-25", "2025-03-25 00:00:00", None),
    ]


def test_a_session_goes_on_across_midnight_and_across_batches(land, silver, rows_of):
    def opened(at: str) -> dict:
        return {
            "event_id": at, "user_id": "ann", "event_type": "app_opened", "occurred_at": at,
            "occurred_offset_minutes": 0, "_event_date": at[:10],
        }  # fmt: skip

    def sessions() -> list[tuple]:
        silver("app/user_sessions")
        return rows_of("app/user_sessions", "started_at", "duration_ms", "is_continued")

    twenty_minutes = 20 * 60 * 1000
    land("app/user_events", opened("2025-03-24 23:10:00"), opened("2025-03-24 23:50:00"))
    early, late = ("2025-03-24 23:10:00", 0, False), ("2025-03-24 23:50:00", 0, False)
    assert sessions() == [early, late]
    land("app/user_events", opened("2025-03-25 00:10:00"))
    after_midnight = ("2025-03-25 00:10:00", 0, True)
    assert sessions() == [early, ("2025-03-24 23:50:00", twenty_minutes, False), after_midnight]
    land("app/user_events", opened("2025-03-24 23:30:00"))
    assert sessions() == [("2025-03-24 23:10:00", 3 * twenty_minutes, False), after_midnight]
