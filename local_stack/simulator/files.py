"""What comes as files: (seed, date) → weather of each city, share prices and service logs, as bytes by path."""

import gzip
import json
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from local_stack.simulator.messages import utc_text
from local_stack.simulator.places import DAY, PLACES, Place, utc_midnight
from local_stack.simulator.randomness import stream

SYMBOLS = {"AURA": 142.0, "STRD": 61.5, "PULS": 23.2, "YOGI": 8.9}
FIRST_TRADING_DATE = date(2025, 1, 1)
PATHS = ("GET /v1/me", "POST /v1/metrics", "GET /v1/friends", "POST /v1/coach", "GET /v1/goals")


def files_of(seed: int, on: date) -> Iterator[tuple[str, bytes]]:
    """(path below the inbox, content) of each file of a date."""
    yield f"weather/daily_observations/{on}.csv", _daily_weather(seed, on).encode()
    yield f"weather/hourly_observations/{on}.csv", _hourly_weather(seed, on).encode()
    if on.weekday() < 5:
        yield f"market/daily_prices/{on}.csv", _prices(seed, on).encode()
    logs = "app_logs/service_logs"
    yield f"{logs}/api-{on}.jsonl", _log(seed, on, "api", as_json=True)
    yield f"{logs}/worker-{on}.log", _log(seed, on, "worker", as_json=False)
    yield f"{logs}/gateway-{on}.log.gz", gzip.compress(_log(seed, on, "gateway", as_json=False), mtime=0)


def weather(seed: int, place: Place, on: date) -> dict[str, object]:
    """One city's weather on one date, in the columns of the file."""
    random = stream(seed, "weather", place.city, on)
    mean = place.march_mean_c + float(random.normal(0, 3))
    rain = max(0.0, float(random.normal(-1.5, 5)))
    low, high = mean - abs(float(random.normal(4, 1))), mean + abs(float(random.normal(5, 1.5)))
    words = "snow" if rain and high < 1 else "rain" if rain > 1 else "drizzle" if rain else "sun"
    return {
        "location": place.city,
        "date": on.isoformat(),
        "precipitation": f"{rain:.1f}",
        "temp_max": f"{high:.1f}",
        "temp_min": f"{low:.1f}",
        "wind": f"{abs(float(random.normal(3.5, 1.5))):.1f}",
        "weather": words if random.random() > 0.05 else "fog",
    }


def _daily_weather(seed: int, on: date) -> str:
    rows = [weather(seed, place, on) for place in PLACES]
    lines = [",".join(map(str, row.values())) for row in rows]
    return "\n".join([",".join(rows[0]), *lines]) + "\n"


def _hourly_weather(seed: int, on: date) -> str:
    lines = ["location,date,pressure,temperature,wind"]
    for place in PLACES:
        day, random = weather(seed, place, on), stream(seed, "hourly_weather", place.city, on)
        low, high = float(str(day["temp_min"])), float(str(day["temp_max"]))
        pressure = 1013 + np.cumsum(random.normal(0, 0.6, size=24))
        for hour in range(24):
            celsius = low + (high - low) * (1 + np.cos((hour - 15) / 12 * np.pi)) / 2
            lines.append(f"{place.city},{on}T{hour:02d}:00:00,{pressure[hour]:.1f},{celsius:.1f},{day['wind']}")
    return "\n".join(lines) + "\n"


def _prices(seed: int, on: date) -> str:
    lines = ["symbol,date,open,high,low,close,volume,currency"]
    for symbol, base in SYMBOLS.items():
        days = (on - FIRST_TRADING_DATE).days
        drift = sum(
            float(stream(seed, symbol, on - timedelta(days=n)).normal(0, 0.012)) for n in range(max(days, 0), -1, -1)
        )
        random = stream(seed, "price", symbol, on)
        close = base * float(np.exp(drift))
        first = close * float(np.exp(random.normal(0, 0.01)))
        high = max(first, close) * (1 + abs(float(random.normal(0, 0.004))))
        low = min(first, close) * (1 - abs(float(random.normal(0, 0.004))))
        volume = int(random.integers(100_000, 4_000_000))
        lines.append(f"{symbol},{on},{first:.4f},{high:.4f},{low:.4f},{close:.4f},{volume},USD")
    return "\n".join(lines) + "\n"


def _log(seed: int, on: date, service: str, *, as_json: bool) -> bytes:
    """About 300 lines of one service, in order of time."""
    random = stream(seed, "log", service, on)
    lines = []
    for at in np.sort(random.integers(0, DAY, size=300)).tolist():
        level = ("INFO", "DEBUG", "WARN", "ERROR")[int(random.choice(4, p=[0.85, 0.08, 0.05, 0.02]))]
        path = PATHS[int(random.integers(len(PATHS)))]
        request, spent = random.bytes(4).hex(), round(float(random.lognormal(3, 0.8)), 3)
        message = f"{path} {500 if level == 'ERROR' else 200}"
        logged_at = utc_text(utc_midnight(on) + at)
        if as_json:
            fields = {"logged_at": logged_at, "level": level, "service": service, "message": message}
            lines.append(json.dumps({**fields, "request_id": request, "duration_ms": spent}))
        else:
            lines.append(f"{logged_at} {level} {service} request_id={request} duration_ms={spent} {message}")
    return ("\n".join(lines) + "\n").encode()
