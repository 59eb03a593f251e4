"""Nothing lost and nothing twice, looked at: origins, zones, keys, computed dates and warehouses → findings."""
