"""What a picture warns of when it is drawn in another way than it was meant to be."""

from __future__ import annotations

__all__ = ["LayoutWarning"]


class LayoutWarning(UserWarning):
    """A picture was laid out by something simpler than the best there is: another Graphviz, or no Graphviz at all.

    Nothing is missing from such a picture; its arrows may cross more often.

    >>> import warnings
    >>> warnings.filterwarnings("ignore", category=LayoutWarning)  # where the simple layout is good enough
    """
