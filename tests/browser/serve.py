"""`streamlit run dashboard/app.py`, with other models: `serve.py MODELS SAMPLES OPTION…`."""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.web import cli

from core import library
from dashboard import uploads

if __name__ == "__main__":
    library.MODELS, uploads.SAMPLES = Path(sys.argv[1]), Path(sys.argv[2])
    sys.argv = ["streamlit", "run", "dashboard/app.py", *sys.argv[3:]]
    sys.exit(cli.main())
