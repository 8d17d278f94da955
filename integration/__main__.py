"""`python -m integration` is `winback`, for hosts that install the lock but not the project."""

from integration.cli.main import main

main()
