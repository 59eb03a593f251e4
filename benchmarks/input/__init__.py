"""What every pipeline is given: seeded events in Kafka, and the people they are about."""
