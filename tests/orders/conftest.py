from support.reading import digicert, listing, reader, time, told

__all__ = ["digicert", "listing", "reader", "time", "told"]
