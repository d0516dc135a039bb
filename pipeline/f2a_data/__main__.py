"""``python -m f2a_data`` is ``f2a-data``."""

from f2a_data.cli import main

if __name__ == "__main__":
    main()
