"""The interactive page: a graph to be gone through step by step, in one HTML file. It makes ``render`` write pages."""

from compgraph.page.making import page_picture
from compgraph.render.page_maker import makers

__all__ = ["page_picture"]

makers[:] = [page_picture]
