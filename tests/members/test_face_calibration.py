"""Counting pairs, and the command on a small folder of true pictures."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from members.face.calibration import EVERYBODY, Counts, Labelled, Rate, count_pairs
from members.face.thresholds import SHIPPED, parse, read
from tests.face_sequences import Camera, jpeg, neutral


def test_wilsons_interval_is_the_textbooks():
    """Newcombe 1998, table I: 81 of 263, and 0 of 20."""
    assert Rate(81, 263).bounds == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert Rate(0, 20).bounds == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert Rate(29, 29).bounds == pytest.approx((0.8830, 1.0), abs=5e-5)
    assert Rate(0, 0).bounds == (0.0, 1.0)


def people(dice, count, pictures, spread=0.01):
    """Made-up encodings: people 0.6 apart, pictures of one near each other."""
    centres = dice.normal(0, 0.6 / np.sqrt(2 * 128), (count, 128)) + 0.1
    encodings = np.repeat(centres, pictures, axis=0) + dice.normal(0, spread, (count * pictures, 128))
    return Labelled(encodings, [f"p{number // pictures}" for number in range(count * pictures)], {})


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_every_pair_is_counted_once_whatever_the_blocks(metric, monkeypatch):
    labelled = people(np.random.default_rng(1), 30, 4)
    counts = count_pairs(labelled, metric)[EVERYBODY]
    assert counts.genuine[-1] == 30 * 6
    assert counts.impostor[-1] == 120 * 119 / 2 - 30 * 6
    monkeypatch.setattr("members.face.calibration.BLOCK", 7)
    again = count_pairs(labelled, metric)[EVERYBODY]
    assert (again.genuine == counts.genuine).all() and (again.impostor == counts.impostor).all()


def test_rates_are_those_of_a_plain_count():
    labelled = people(np.random.default_rng(2), 12, 3, spread=0.03)
    counts = count_pairs(labelled, "euclidean")[EVERYBODY]
    wrongly, refused = 0, 0
    for i in range(36):
        for j in range(i):
            near = np.linalg.norm(labelled.encodings[i] - labelled.encodings[j]) < 0.5
            wrongly += near and labelled.people[i] != labelled.people[j]
            refused += not near and labelled.people[i] == labelled.people[j]
    assert (counts.far(0.5).hits, counts.frr(0.5).hits) == (wrongly, refused)


def test_groups_are_counted_within_themselves():
    labelled = people(np.random.default_rng(3), 6, 2)
    grouped = Labelled(labelled.encodings, labelled.people, {"p0": "a", "p1": "a", "p2": "b"})
    counts = count_pairs(grouped, "euclidean")
    assert list(counts) == [EVERYBODY, "a", "b"]
    assert (counts["a"].genuine[-1], counts["a"].impostor[-1]) == (2, 4)
    assert (counts["b"].genuine[-1], counts["b"].impostor[-1]) == (1, 0)


def test_a_threshold_is_given_only_where_the_pairs_bear_it():
    one_in_a_hundred = Counts(np.arange(2000), np.concatenate([np.zeros(400), np.full(1600, 100)]).astype(int))
    assert one_in_a_hundred.threshold_for(0.0005) is None
    assert one_in_a_hundred.threshold_for(0.05) == 0.4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two people, a file that is no picture, and a picture without a face."""
    root = tmp_path_factory.mktemp("faces")
    for name, seed in (("hopper", 1), ("collins", 2)):
        (root / name).mkdir()
        for number, frame in enumerate(neutral(name, Camera(seed), frames=2)):
            (root / name / f"{number}.jpg").write_bytes(jpeg(frame))
    (root / "hopper" / "torn.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (root / "collins" / "wall.png").write_bytes(jpeg(np.full((480, 640, 3), 120, np.uint8)))
    (root / "groups.csv").write_text("person,group\nhopper,navy\ncollins,air force\n")
    return root


def test_the_command_measures_lists_what_it_skips_and_writes_a_version(folder, tmp_path, capsys, settings):
    output = tmp_path / "out" / "thresholds.json"
    call_command("calibrate_faces", folder, far=0.5, review_far=0.6, output=output, processes=1)
    told = capsys.readouterr().out
    assert "4 pictures of 2 people; 2 skipped" in told
    assert "hopper/torn.jpg: not_an_image" in told and "collins/wall.png: 0 faces" in told
    assert "navy" in told and "air force" in told
    written = parse(json.loads(output.read_text()))
    assert written.version in told and written.version != read(SHIPPED).version
    assert 0.6 < written.matching.accept == written.matching.review
    assert written.liveness == read(SHIPPED).liveness
    assert ET.parse(output.with_suffix(".svg")).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_two_people_are_too_few_to_be_sure(folder, tmp_path):
    output = tmp_path / "thresholds.json"
    with pytest.raises(CommandError, match="Too few pairs of different people"):
        call_command("calibrate_faces", folder, output=output, processes=1)
    assert not output.exists()


def test_bad_words_are_refused(folder, tmp_path):
    with pytest.raises(CommandError, match="is no folder"):
        call_command("calibrate_faces", tmp_path / "nowhere")
    with pytest.raises(CommandError, match="--far"):
        call_command("calibrate_faces", folder, far=0.5, review_far=0.1)
    (tmp_path / "someone").mkdir()
    with pytest.raises(CommandError, match="No picture"):
        call_command("calibrate_faces", tmp_path, processes=1)
    (tmp_path / "groups.csv").write_text("person,group\nsomeone,\n")
    with pytest.raises(CommandError, match=r"groups.csv, line 2"):
        call_command("calibrate_faces", tmp_path, processes=1)
