"""Where another writer was first, nothing of ours was committed: what Delta says then."""

_CONDITIONS = ("DELTA_CONCURRENT", "DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED")


def met_another_writer(error: BaseException) -> bool:
    """Whether a commit failed because another one came between, so that it may be planned again."""
    from pyspark.errors import PySparkException

    return isinstance(error, PySparkException) and (error.getCondition() or "").startswith(_CONDITIONS)
