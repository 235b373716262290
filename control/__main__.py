"""`python -m control` is the `presswatch` command."""

from control.cli import main

main()
