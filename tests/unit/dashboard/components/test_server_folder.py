"""Photos that are on the server."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from dashboard.components import server_folder
from tests.support.photo_folders import write_photo


def folder_page(folder: str) -> None:
    """The choice of folders alone: a script of its own, so it imports what it uses."""
    import pathlib

    from dashboard.components import server_folder as component
    from dashboard.i18n.translate import Texts
    from dashboard.state.session import current_session

    component.draw(Texts("en"), current_session(), pathlib.Path(folder))


def test_the_operators_folders_are_offered_and_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    write_photo(secret / "hidden.jpg", 1)
    top = tmp_path / "harvest"
    for number, name in enumerate(["Ketan/a.jpg", "Ketan/late/b.jpg", "c.jpg"]):
        write_photo(top / name, number)
    (top / "Ketan" / "link").symlink_to(secret)
    (top / "readme.txt").write_text("no photo")

    app = AppTest.from_function(folder_page, args=(str(top),), default_timeout=120).run()
    assert not app.exception
    offered = ["harvest (3 photos)", "Ketan (2 photos)", "Ketan/late (1 photo)"]
    assert app.selectbox[0].options == offered
    app.selectbox[0].select("Ketan").run()
    app.button[0].click().run()
    kept = app.session_state.session.photos.values()
    assert [entry.name for entry in kept] == ["harvest/Ketan/a.jpg", "harvest/Ketan/late/b.jpg"]
    assert [entry.data for entry in kept] == [
        (top / name).read_bytes() for name in ("Ketan/a.jpg", "Ketan/late/b.jpg")
    ]


def test_no_more_photos_are_taken_from_a_folder_than_a_person_looks_at(tmp_path, monkeypatch):
    monkeypatch.setattr(server_folder, "MOST", 2)
    for number in range(4):
        write_photo(tmp_path / f"{number}.jpg", number)

    app = AppTest.from_function(folder_page, args=(str(tmp_path),), default_timeout=120).run()
    assert "first 2 of 4" in app.caption[0].value
    app.button[0].click().run()
    names = [entry.name for entry in app.session_state.session.photos.values()]
    assert names == [f"{tmp_path.name}/0.jpg", f"{tmp_path.name}/1.jpg"]
