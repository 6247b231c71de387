"""The page: Streamlit on top of `core`."""
