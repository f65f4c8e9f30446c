"""What the slip is behind a wrong gradient: families of guesses, each verified before it is told."""
