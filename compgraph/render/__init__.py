"""Drawing: a tape as a picture. See :func:`render`; :mod:`compgraph.render.names` is of use elsewhere too."""

from typing import TYPE_CHECKING

from compgraph.later import later
from compgraph.render import in_notebook  # noqa: F401 - which lets nodes draw themselves
from compgraph.render.notice import LayoutWarning
from compgraph.render.rendering import render

if TYPE_CHECKING:
    from compgraph.render.picture import Picture
else:
    __getattr__, __dir__ = later(__name__, {"Picture": "compgraph.render.picture"})

__all__ = ["LayoutWarning", "Picture", "render"]
