"""Drawing: a tape as a picture. See :func:`render`; :mod:`compgraph.render.names` is of use elsewhere too."""

from compgraph.render.picture import Picture, render

__all__ = ["Picture", "render"]
