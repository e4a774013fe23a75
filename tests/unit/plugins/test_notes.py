"""Notes and lists: the person's own files, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from .desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk("notes", tmp_path, folder=str(tmp_path / "Voice notes"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Voice notes"


def test_a_list_is_a_file_with_boxes_to_tick(desk: Desk, folder: Path) -> None:
    assert desk.say("Add milk, eggs and bread to my shopping list") == (
        "I have started your shopping list with milk, eggs and bread."
    )
    desk.say("Tick off the milk on my shopping list")
    assert (folder / "shopping.md").read_text() == "# shopping\n\n- [x] milk\n- [ ] eggs\n- [ ] bread\n"
    assert desk.say("What's on my shopping list?") == "On your shopping list: eggs and bread."


def test_what_was_written_by_hand_stays_as_it_is(desk: Desk, folder: Path) -> None:
    folder.mkdir()
    file = folder / "Shopping.md"
    by_hand = (
        "---\r\ntags: [a]\r\n---\r\nFor *Saturday*:\r\n* [ ] milk  \r\n\r\n```\r\n- [ ] no item\r\n```\r\n* [X] salt"
    )
    file.write_bytes(by_hand.encode())
    file.chmod(0o640)
    desk.say("Add pepper to my shopping list")
    desk.say("Remove milk from my shopping list")
    assert file.read_bytes().decode() == by_hand.replace("* [ ] milk  \r\n", "") + "\r\n* [ ] pepper\r\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.iterdir()] == ["Shopping.md"]


def test_what_is_ticked_and_needed_again_is_unticked(desk: Desk, folder: Path) -> None:
    desk.say("Add milk to my shopping list")
    desk.say("Tick off milk on my shopping list")
    assert desk.say("What's on my shopping list?") == "Everything on your shopping list is done."
    desk.say("Add milk to my shopping list")
    assert (folder / "shopping.md").read_text() == "# shopping\n\n- [ ] milk\n"
    assert desk.say("Add milk to my shopping list") == "milk: on your shopping list already."


@pytest.mark.parametrize(
    ("said", "heard"),
    [("remove egg from", "eggs"), ("remove the brown bread from", "brown bread"), ("remove butte from", "butter")],
)
def test_an_item_is_found_though_it_was_said_or_heard_a_little_differently(desk: Desk, said: str, heard: str) -> None:
    desk.say("Add eggs, brown bread and butter to my shopping list")
    assert desk.say(f"{said} my shopping list") == f"I have taken {heard} off your shopping list."


def test_where_two_are_meant_alike_neither_goes(desk: Desk, folder: Path) -> None:
    desk.say("Add brown bread and white bread to my shopping list")
    before = (folder / "shopping.md").read_text()
    assert desk.say("Remove bread from my shopping list") == "Which one: brown bread or white bread?"
    assert desk.say("Remove cheese from my shopping list") == "Not on your shopping list: cheese."
    assert (folder / "shopping.md").read_text() == before


def test_one_list_whatever_language_it_is_called_in(desk: Desk, folder: Path) -> None:
    desk.say("Setz Milch auf die Einkaufsliste", "de")
    assert desk.say("Qu'est-ce qu'il y a sur ma liste de courses ?", "fr") == "Sur ta liste de courses : Milch."
    assert [path.name for path in folder.iterdir()] == ["Einkaufsliste.md"]


def test_a_misheard_name_finds_the_list_but_never_empties_one(desk: Desk, folder: Path) -> None:
    desk.say("Add screws to my garden list")
    assert desk.say("Add nails to my gardem list") == "I have put nails on your list “garden”."
    assert desk.say("Clear my gardem list") == "You have no list “gardem”."
    assert desk.say("Delete my gardem list") == "You have no list “gardem”."
    assert "nails" in (folder / "garden.md").read_text()


HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..", "~/x", "a/../../b", "C:\\x", "．．／x", "..\u2215x", "\u202e../x", "-rf",
    "x" * 3000, "漢" * 300, "con:aux", "\x00x", ".bashrc", "$(id)", "`id`", "a\nb", "Notes", "Notes.md",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_list_leads_out_of_the_folder(desk: Desk, folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.md").write_text("mine")
    desk.call("take_note", text="Keep this.")
    for intent, slots in (("new_list", {}), ("add", {"items": "x"}), ("clear", {}), ("delete_list", {})):
        desk.call(intent, name=name, **slots)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Voice notes", "outside.md"]
    assert [path for path in folder.rglob("*") if path.parent != folder] == []
    assert "Keep this." in (folder / "Notes.md").read_text()


def test_a_folder_that_the_settings_do_not_allow_is_not_touched(tmp_path: Path) -> None:
    desk = Desk("notes", tmp_path / "allowed", folder=str(tmp_path / "elsewhere"))
    desk.say("Add milk to my shopping list")
    assert not (tmp_path / "elsewhere").exists()


def test_notes_are_kept_with_their_date_and_read_back(desk: Desk, folder: Path) -> None:
    desk.say("Take a note that the key is under the mat.")
    desk.say("Note to self, buy flowers!")
    text = "## 2030-03-04 10:00\n\nThe key is under the mat.\n\n## 2030-03-04 10:00\n\nBuy flowers!\n"
    assert (folder / "Notes.md").read_text() == text
    assert desk.say("Read my last note") == "Your last note: Buy flowers!"
    assert desk.say("What did I note about the key?") == "On March 4 you noted: The key is under the mat."
    assert desk.say("Which lists do I have?") == "You have no lists yet."


def test_deleting_the_last_note_leaves_all_else(desk: Desk, folder: Path) -> None:
    folder.mkdir()
    by_hand = "# Mine\n\nText.\n\n## 2030-01-01\n\nOld.\n\n## Chapter\n\nMore.\n"
    (folder / "Notes.md").write_text(by_hand)
    desk.say("Take a note that this goes.")
    assert desk.say("Delete my last note") == "Your last note is deleted."
    assert (folder / "Notes.md").read_text().rstrip() == by_hand.rstrip()


def test_a_change_is_taken_back_unless_the_file_was_edited_since(desk: Desk, folder: Path) -> None:
    desk.say("Add milk to my shopping list")
    assert desk.services.deeds.take_back()[0] == "undone"
    assert list(folder.iterdir()) == []
    desk.say("Add milk to my shopping list")
    desk.say("Clear my shopping list")
    assert desk.services.deeds.take_back()[0] == "undone"
    assert "- [ ] milk" in (folder / "shopping.md").read_text()
    desk.say("Clear my shopping list")
    (folder / "shopping.md").write_text("by hand")
    with pytest.raises(Exception, match="changed since"):
        desk.reply.undo()
    assert (folder / "shopping.md").read_text() == "by hand"


def test_a_file_that_is_no_text_is_left_alone(desk: Desk, folder: Path) -> None:
    folder.mkdir()
    (folder / "shopping.md").write_bytes(b"\xff\xfe\x00milk")
    assert "cannot be read" in desk.say("Add milk to my shopping list")
    assert (folder / "shopping.md").read_bytes() == b"\xff\xfe\x00milk"


def test_a_dry_run_writes_nothing_and_remembers_until_it_ends(tmp_path: Path) -> None:
    desk = Desk("notes", tmp_path, dry=True, folder=str(tmp_path / "x"))
    desk.say("Add milk to my shopping list")
    assert desk.say("What's on my shopping list?") == "On your shopping list: milk."
    assert not (tmp_path / "x").exists()


def test_what_to_add_is_asked_for(desk: Desk) -> None:
    desk.say("Add something to my shopping list")
    assert desk.reply.then is not None
    desk.call(desk.reply.then.intent, "Milk and eggs.", **desk.reply.then.slots)
    assert desk.say("What's on my shopping list?") == "On your shopping list: Milk and eggs."
