"""What the command ``compgraph`` does; how it is called is :mod:`compgraph.cli`.

- :mod:`~compgraph.commands.demo`: the demonstration, made of :mod:`~compgraph.commands.graph_of_j`, an
  :mod:`~compgraph.commands.experiment` on the :mod:`~compgraph.commands.breast_cancer` data and a
  :mod:`~compgraph.commands.gradient_check`, with a :mod:`~compgraph.commands.report` of it all
- :mod:`~compgraph.commands.check`: the hand-derived gradients of anybody's file, which
  :mod:`~compgraph.commands.user_file` runs
- :mod:`~compgraph.commands.train`, :mod:`~compgraph.commands.predict`: an experiment on anybody's table, and its use
"""
