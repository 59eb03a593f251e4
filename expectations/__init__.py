"""What good data is: rules in YAML, compiled into Spark columns and Great Expectations suites."""
