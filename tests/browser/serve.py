"""`streamlit run dashboard/app.py`, with other models: `serve.py MODELS SAMPLES OPTION…`."""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.web import cli

from dashboard import uploads

_OPERATORS = "--model-uploads"

if __name__ == "__main__":
    models, samples, *options = sys.argv[1:]
    uploads.SAMPLES = Path(samples)
    servers = [option for option in options if option != _OPERATORS]
    operators = ["--models", models, *(option for option in options if option == _OPERATORS)]
    sys.argv = ["streamlit", "run", "dashboard/app.py", *servers, "--", *operators]
    sys.exit(cli.main())
