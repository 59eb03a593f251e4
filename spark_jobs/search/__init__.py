"""Words of the lake where people can look for them: rows of a release → an index of OpenSearch behind one alias."""
