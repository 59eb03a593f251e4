"""`python -m lake_cli`, the same as `lake`."""

from lake_cli.main import main

main()
