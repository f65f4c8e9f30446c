"""How hard the property tests look: hypothesis's two profiles.

`quick` (the default, `make test`) draws few examples, the same ones on every run, so that a change passes or fails the
same way everywhere. `deep` (`make test-deep`) draws many, fresh ones each time. Choose with `--hypothesis-profile=deep`
or the environment variable HYPOTHESIS_PROFILE.
"""

import gc
import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]  # which runs pytest inside a test: the plugin is tested with it

settings.register_profile(
    "quick",
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "deep",
    max_examples=500,
    stateful_step_count=50,
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


# Tens of thousands of tests are a million objects that stay. The collector looks through them again and again, unless
# it is told not to.


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
