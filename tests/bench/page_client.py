"""A visitor without a browser: speaks with the page's server as Streamlit's frontend does.

Fifty browser pages take all of a machine's memory and time, and nothing can be said of the server
then. This one holds what the server sent, answers its requests for further runs, and draws nothing.
"""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs, UploadedFileInfo
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_XSRF = "_streamlit_xsrf"
_LOCALE = "en-US"
_BORDER = "rice-lens-visitor"
_ENDED = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,  # asked for, and gone before it was its turn
)


class PageClient:
    """One visit.

    Attributes:
        elements: What is on the page, by its place; what goes stays until another comes there.
        idle: Whether the page's script has run to its end, and asks for no other run.
    """

    def __init__(self, address: str) -> None:
        """Visit the page at `http://HOST:PORT`."""
        self.elements: dict[tuple[int, ...], Element] = {}
        self.idle = False
        self._address, self._token, self._session = address, "", ""
        self._socket: ClientConnection
        self._listening: asyncio.Task[None]
        self._news = asyncio.Event()
        self._states: dict[str, WidgetState] = {}
        self._urls: list[FileURLs] = []
        self._repeats: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open the page, and wait until it is drawn."""
        self._token = await asyncio.to_thread(self._fetch_token)
        self._socket = await connect(
            f"{self._address.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit"), Subprotocol(self._token)],
            additional_headers={"Cookie": f"{_XSRF}={self._token}"},
            max_size=None,
            ping_interval=None,
        )
        self._listening = asyncio.create_task(self._listen())
        await self._ask_for_run()
        await self.wait_until(lambda: self.idle)

    async def wait_until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so on the page.

        Raises:
            ConnectionError: If the server has closed the connection.
        """
        while not is_so():
            self._news.clear()
            news = asyncio.create_task(self._news.wait())
            await asyncio.wait({news, self._listening}, return_when=asyncio.FIRST_COMPLETED)
            if self._listening.done():
                news.cancel()
                self._listening.result()
                raise ConnectionError("the server has closed the connection")

    async def drop(self, name: str, data: bytes) -> None:
        """Drop a photo on the page's first uploader, and ask for the run that takes it in."""
        uploader = next(
            element.file_uploader
            for element in self.elements.values()
            if element.WhichOneof("type") == "file_uploader"
        )
        request = BackMsg()
        request.file_urls_request.request_id = "drop"
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self._session
        await self._send(request)
        await self.wait_until(lambda: self._urls)
        urls = self._urls.pop()
        await asyncio.to_thread(self._put, urls.upload_url, name, data)
        state = WidgetState(id=uploader.id)
        state.file_uploader_state_value.uploaded_file_info.append(
            UploadedFileInfo(name=name, size=len(data), file_id=urls.file_id, file_urls=urls)
        )
        self._states[uploader.id] = state
        await self._ask_for_run()

    async def close(self) -> None:
        """Leave."""
        self._stop_repeats()
        await self._socket.close()
        with suppress(asyncio.CancelledError):
            self._listening.cancel()
            await self._listening

    async def _listen(self) -> None:
        async for data in self._socket:
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._session = message.new_session.initialize.session_id
                if not message.metadata.run.fragment_ids:
                    self._stop_repeats()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self.elements[tuple(message.metadata.delta_path)] = message.delta.new_element
            elif kind == "file_urls_response":
                self._urls.extend(message.file_urls_response.file_urls)
            elif kind == "auto_rerun":
                asked = message.auto_rerun
                repeat = self._repeat(asked.interval, asked.fragment_id)
                self._repeats.append(asyncio.create_task(repeat))
            elif kind == "script_finished" and not self._repeats:
                self.idle = message.script_finished in _ENDED
            self._news.set()

    async def _repeat(self, interval: float, fragment: str) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._ask_for_run(fragment)

    def _stop_repeats(self) -> None:
        for task in self._repeats:
            task.cancel()
        self._repeats.clear()

    async def _ask_for_run(self, fragment: str = "") -> None:
        self.idle = False
        asked = BackMsg()
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.is_auto_rerun = bool(fragment)
        asked.rerun_script.context_info.locale = _LOCALE
        asked.rerun_script.widget_states.widgets.extend(self._states.values())
        await self._send(asked)

    async def _send(self, message: BackMsg) -> None:
        await self._socket.send(message.SerializeToString())

    def _fetch_token(self) -> str:
        with urllib.request.urlopen(f"{self._address}/_stcore/health") as answer:
            found = re.search(rf"{_XSRF}=([^;]+)", answer.headers.get("Set-Cookie", ""))
        return found[1].strip('"') if found else ""

    def _put(self, url: str, name: str, data: bytes) -> None:
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = f"--{_BORDER}\r\n{head}".encode() + data + f"\r\n--{_BORDER}--\r\n".encode()
        self._request(url, body, f"multipart/form-data; boundary={_BORDER}")

    def _request(self, url: str, body: bytes | None = None, kind: str = "") -> bytes:
        headers = {"Cookie": f"{_XSRF}={self._token}", "X-Xsrftoken": self._token}
        if kind:
            headers["Content-Type"] = kind
        request = urllib.request.Request(
            self._address + url, body, headers, method="PUT" if body else "GET"
        )
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())
