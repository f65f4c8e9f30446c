"""Proofs that a hand-derived gradient and the engine's are the same function; what is public is compgraph.prove."""
