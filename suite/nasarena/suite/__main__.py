"""`python -m nasarena.suite`: the command line."""

from nasarena.suite.cli import main

if __name__ == "__main__":
    main()
