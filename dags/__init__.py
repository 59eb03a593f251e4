"""When jobs run and in what order: one file for each DAG, the operator they share, the pools."""
