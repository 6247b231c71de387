"""`streamlit run dashboard/app.py`, with other models: `serve.py MODELS SAMPLES OPTION…`."""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.web import cli

from dashboard.components import photo_upload

_SERVERS = "--server."

if __name__ == "__main__":
    models, samples, *options = sys.argv[1:]
    photo_upload.SAMPLES = Path(samples)
    servers = [option for option in options if option.startswith(_SERVERS)]
    operators = ["--models", models, *(each for each in options if each not in servers)]
    sys.argv = ["streamlit", "run", "dashboard/app.py", *servers, "--", *operators]
    sys.exit(cli.main())
