"""The version of winback. It stands here as well as in `pyproject.toml`: a host that runs the
repository as it lies there installs what winback needs, and not winback, and so knows no version.
"""

VERSION = "0.1.0"
