"""Drawing: a tape as a picture. See :func:`render`; :mod:`compgraph.render.names` is of use elsewhere too."""

from compgraph.render.notice import LayoutWarning
from compgraph.render.picture import Picture, render

__all__ = ["LayoutWarning", "Picture", "render"]
