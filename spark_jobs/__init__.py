"""How to compute: origins → raw → bronze → silver → gold → warehouses."""
