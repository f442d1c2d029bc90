"""`python -m grading` is `workshop`, where the environment's programs are not on the path."""

import sys

from grading.cli import main

sys.exit(main())
