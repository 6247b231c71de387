"""The report: alone, in both languages, with the review's numbers, harmless."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from core.texts import texts

VOID = {"meta", "input", "img", "br", "rect"}


class Page(HTMLParser):
    """What a browser would load, and the texts of each language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.scripts = 0
        self.events: list[str] = []
        self._languages: list[str | None] = []
        self.said = {"en": "", "ja": ""}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.scripts += tag == "script"
        self.events += [name for name in given if name.startswith("on")]
        if tag == "a":
            self.links.append(given["href"])
        if "src" in given:
            self.pictures.append(given["src"])
        if tag not in VOID:
            outer = self._languages[-1] if self._languages else None
            self._languages.append(given.get("lang", outer) if tag == "span" else outer)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        self._languages.pop()

    def handle_data(self, data):
        for language in self.said:
            if self._languages and self._languages[-1] in (None, language):
                self.said[language] += data


@pytest.fixture(scope="module")
def source(reviewed):
    return (reviewed / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_it_needs_nothing_but_itself(source, page, reviewed):
    assert page.pictures
    assert all(each.startswith("data:image/") for each in page.pictures)
    assert not re.search(r"https?:|url\(|@import|<link", source)
    for link in set(page.links):
        assert (reviewed / unquote(link)).is_file()


def test_it_says_the_numbers_of_the_summary_in_both_languages(page, reviewed):
    summary = json.loads((reviewed / "summary.json").read_text("utf-8"))
    for language, said in page.said.items():
        assert summary["sentence"][language] in said
        assert texts()["limits"][language] in said
        other = {"en": "ja", "ja": "en"}[language]
        assert texts()["limits.elsewhere"][other] not in said
    accuracy = summary["accuracy"]
    assert f"{accuracy['right']} of {accuracy['photos']} right" in page.said["en"]
    most = max(summary["reliability"], key=lambda each: each["photos"])
    right = round(most["right"] * most["photos"])
    assert f"{right} of {most['photos']} right; on average it said" in page.said["en"]
    assert f"{most['photos']}枚のうち{right}枚が正解" in page.said["ja"]
    manifest = json.loads((reviewed / "manifest.json").read_text("utf-8"))
    assert manifest["model"]["sha256"] in page.said["ja"]


def test_heading_and_tile_count_what_could_be_read_as_the_sentence_does(source, page, reviewed):
    summary = json.loads((reviewed / "summary.json").read_text("utf-8"))
    read, unread = summary["explained"], summary["photos"] - summary["explained"]
    assert (read, unread) == (70, 2)
    assert f"of {read} photos" in summary["sentence"]["en"]
    assert f"Review of {read} photos and {unread} files that could not be read" in page.said["en"]
    assert f"写真{read}枚の点検結果（ほかに読めなかったファイル{unread}個）" in page.said["ja"]
    assert f'<div><b>{read}</b><span lang="en">photos</span>' in source


def test_beside_each_verdict_stands_why(reviewed_with_evidence):
    page = Page((reviewed_with_evidence / "report.html").read_text("utf-8"))
    with (reviewed_with_evidence / "photos.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["reason_code"] for row in csv.DictReader(file) if row["verdict"]]
    assert len(codes) == 2
    for language, said in page.said.items():
        for code in set(codes):  # in the card with its pictures and in the table
            reason = texts()[f"reason.{code}"][language]
            assert said.count(reason) >= 2 * codes.count(code)


def test_names_of_strangers_are_only_text(source, page):
    assert page.scripts == 1  # its own, that chooses the language
    assert page.events == []
    assert "<img src=x" not in source
    assert "<img src=x onerror=alert(1)>.jpg" in page.said["en"]


def test_its_pictures_are_on_one_scale_and_show_photo_and_overlay(page, reviewed):
    pictures = [each for each in page.pictures if each.startswith("data:image/jpeg")]
    assert len(pictures) % 2 == 0
    assert 2 * 6 <= len(pictures) <= 2 * 24
    for photo, drawn in zip(pictures[::2], pictures[1::2], strict=True):
        both = [
            np.asarray(Image.open(io.BytesIO(base64.b64decode(each.split(",")[1])))).astype(int)
            for each in (photo, drawn)
        ]
        assert both[0].shape == both[1].shape
        heat = 2 * both[1] - both[0]  # half photo, half heat in viridis, from violet to yellow
        assert heat.mean(axis=(0, 1))[1] < 240


def test_what_was_left_out_is_listed_with_its_reason(page):
    for language in ("en", "ja"):
        said = page.said[language]
        assert "IR64/empty.jpg" in said
        assert texts()["left_out.wrong_kind"][language] in said
        assert "link.jpg" in said


def test_a_model_of_a_thousand_classes_has_a_report_of_bounded_size(shipped, tmp_path):
    from dataclasses import replace

    from core.explain.explainer import Explainer
    from core.models.card import class_names
    from core.review.listing import Listing
    from core.review.manifest import describe_review
    from core.review.report import write_report
    from core.review.result_row import ResultRow
    from core.review.summary import summarize
    from core.review.worker import ReviewSettings

    names = [f"variety {number}" for number in range(1000)]
    card = replace(shipped.card, classes=class_names(names))
    explainer = Explainer(shipped.name, card, shipped.network)
    rows = [
        ResultRow(
            number,
            f"{number}.jpg",
            names[number % 999],
            "00",
            names[number % 1000],
            0.9,
            names[1],
            0.1,
        )
        for number in range(5000)
    ]
    summary = summarize(rows, card.names)
    head = {**describe_review(explainer, "00", ReviewSettings()), "photos": {"folder": "many"}}
    photos = Listing(tuple(_missing(row, tmp_path) for row in rows))
    write_report(tmp_path / "report.html", summary, photos, explainer, ReviewSettings(), head)
    source = (tmp_path / "report.html").read_text("utf-8")
    assert len(source) < 300_000
    said = Page(source).said["en"]
    assert "988 others" in said
    assert texts()["right.mixed"]["en"] in said


def _missing(row, folder):
    from core.review.listing import ListedPhoto

    return ListedPhoto(row.number, folder / row.file, row.file, row.true)
