"""The passes of the compiler: each a function from a tape to a tape of the same results."""
