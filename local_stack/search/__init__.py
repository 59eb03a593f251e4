"""OpenSearch on a laptop: one node with its security plugin, from jars, for words that people look for."""
