"""Keep pytest out: this folder is run by hand, and parts of it need the peers' environments."""

collect_ignore_glob = ["*.py"]
