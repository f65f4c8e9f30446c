"""Logistic regression and networks: as graphs, as hand-derived formulas, and trained on a table.

- :mod:`~compgraph.networks.logistic`, :mod:`~compgraph.networks.two_layer`, :mod:`~compgraph.networks.deep`: the costs
  as plain NumPy code, which builds a graph when its arguments are nodes
- :mod:`~compgraph.networks.closed_form`: their derivatives as a person derives them, without the engine
- :mod:`~compgraph.networks.rounding`: how far the two may differ through rounding alone
- :mod:`~compgraph.networks.initialise`, :mod:`~compgraph.networks.training`: start values and gradient descent
- :mod:`~compgraph.networks.csv_file`, :mod:`~compgraph.networks.data`, :mod:`~compgraph.networks.standardise`: from
  anybody's CSV to standardised arrays
- :mod:`~compgraph.networks.model`, :mod:`~compgraph.networks.files`: a trained network, and it as a file
"""
