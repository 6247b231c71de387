"""The browser's address: a link is opened once, and the address follows what is shown.

The browser changes its address by itself, without a message. Another photo or view is a step in its
history, anything else is none: Back leads to the photo before, see `views.browser_history`.
"""

from __future__ import annotations

import json
from dataclasses import replace

import streamlit as st

from core.errors import LensError
from core.models.network import candidate_layers
from dashboard.components import header, photo_upload, server_folder
from dashboard.state import address
from dashboard.state.controls import TWO
from dashboard.state.launch_options import LaunchOptions, launch_options
from dashboard.state.session import Entry, Session
from dashboard.views import browser_history, demo
from dashboard.work.model_pool import Model, installed_models

_NAMES = ("lang", *address.PLACE, *address.CHOICES)
# How far a photo is zoomed is known to the viewer alone, which writes it here, too: see zoom.js.
# What is of a step that the visitor has left by Back or Forward comes too late, and does nothing.
_SCRIPT = """<script>(([names, given, place]) => {{
    const places = window.riceLensPlaces ??= new Set(), at = history.state?.riceLens;
    const known = places.has(place), first = !places.size;
    places.add(place);
    if (known && place !== at) return;
    const here = new URL(location), search = here.searchParams;
    const photo = search.get("photo"), zoom = search.get("zoom");
    for (const name of [...names, "zoom"]) search.delete(name);
    for (const [name, values] of given) for (const value of values) search.append(name, value);
    if (zoom && photo && photo === search.get("photo")) search.append("zoom", zoom);
    const step = {{...history.state, riceLens: place}};
    if (!first && place !== at) history.pushState(step, "", here);
    else if (place !== at || here.href !== location.href) history.replaceState(step, "", here);
}})({})</script>"""


def open_link(session: Session, launch: LaunchOptions) -> None:
    """Show what the page's address names; once for each load of the page."""
    state = st.session_state
    if state.setdefault("link-opened", False):
        return
    state["link-opened"] = True
    link = address.from_params({name: st.query_params.get_all(name) for name in st.query_params})
    try:
        keys = {each.name: each.key for each in installed_models(launch.models)}
        entries = _photos(link.photos, launch)
    except LensError:  # is said where the page looks for it
        return
    if link.model in keys:
        state.model = state.chosen_model = keys[link.model]
    if not entries:
        return
    session.add(entries)
    hashes = {entry.sha256[: address.SHORT]: entry.sha256 for entry in entries}
    if link.photo in hashes:
        session.arrived = (hashes[link.photo],)
    right, other = link.choices["two-right-photos"], link.choices["two-right-models"]
    known = {"two-right-photos": hashes.get(right, ""), "two-right-models": keys.get(other, "")}
    for key, choice in {**link.choices, **known}.items():
        state[key] = choice


def _photos(public: str, launch: LaunchOptions) -> list[Entry]:
    """The photos of a set that everybody may see; none if there is no such set."""
    if public == photo_upload.PUBLIC:
        return photo_upload.samples()
    if public == demo.PUBLIC:
        return demo.photos()
    if launch.photos and public.startswith(server_folder.PUBLIC):
        return server_folder.photos_in(launch.photos, public.removeprefix(server_folder.PUBLIC))
    return []


def draw(session: Session, model: Model) -> None:
    """Let the browser's address name what is shown."""
    state = st.session_state
    params = address.to_params(_current_link(session, model))
    if state.language != header.browser_language():
        params["lang"] = [state.language]
    # As data of a script, in which no "<" ends it.
    place = browser_history.current_name(session)
    data = json.dumps([_NAMES, [*params.items()], place]).replace("<", "\\u003c")
    st.html(_SCRIPT.format(data), unsafe_allow_javascript=True)


def _current_link(session: Session, model: Model) -> address.Link:
    """What is shown, as far as everybody may see it."""
    state, entry = st.session_state, session.photos.get(session.selected)
    names = {each.key: each.name for each in installed_models(launch_options().models)}
    if model.key not in names:
        return address.Link()
    link = address.Link("" if model.key == next(iter(names)) else model.name)
    if entry is None or not entry.public:
        return link
    choices = {key: state[key] for key in address.CHOICES if key in state}
    right = session.photos.get(choices.get("two-right-photos", ""))
    choices["two-right-photos"] = (
        right.sha256[: address.SHORT] if right and right.public == entry.public else ""
    )
    choices["two-right-models"] = names.get(choices.get("two-right-models", ""), "")
    if choices["layers"] == [candidate_layers(model.load().explainer.layers)[-1].name]:
        choices["layers"] = []  # the model's own
    if state.mode != TWO:
        choices = {key: choice for key, choice in choices.items() if key not in address.COMPARISON}
    short = entry.sha256[: address.SHORT]
    return replace(link, photos=entry.public, photo=short, choices=choices)
