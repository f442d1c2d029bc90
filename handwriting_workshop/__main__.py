"""`python -m handwriting_workshop COMMAND …`."""

from handwriting_workshop.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
