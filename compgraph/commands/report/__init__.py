"""The demonstration's report: one HTML page that needs nothing besides itself. See :func:`~.page.page`."""
