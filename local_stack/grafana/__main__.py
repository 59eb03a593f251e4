"""Writes the dashboards' JSON that is stale."""

from local_stack import grafana

if __name__ == "__main__":
    for path in grafana.stale():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(grafana.generated()[path])
        print(f"wrote {path}")
