"""Uploaded files, taken out of Streamlit's own storage.

Streamlit keeps every uploaded file until the browser asks to remove it or the session ends, and the
page shows no such button: the session has the bytes, and they go when it forgets them.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def take_uploads(key: str) -> list[UploadedFile]:
    """The files that newly came through a widget, for its `on_change`; each is given once.

    Args:
        key: The widget's, of one file or of several.
    """
    value = st.session_state[key]
    # What was taken before stands in the list as a mark that it is gone.
    files = [
        file
        for file in (value if isinstance(value, list) else [value])
        if isinstance(file, UploadedFile)
    ]
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    return files
