"""An audience is read as people write it, and refused where it could be read in two ways."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from nba_service.errors import AudienceError
from nba_service.mail.audience_file import Audience, AudienceMember, Stated, read_audience


def read(folder: Path, text: str, encoding: str = "utf-8", stated: Stated | None = None) -> Audience:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return read_audience(path, stated)


def recipients(audience: Audience) -> list[str]:
    return [member.recipient for member in audience.members if isinstance(member, AudienceMember)]


@pytest.mark.parametrize(
    "text",
    [
        "c-1\nc-2\n",
        "customer_id\nc-1\nc-2\n",
        "Customer ID;name\nc-1;Ada\nc-2;Bob\n",
        "name\tE-Mail\nAda\tc-1\nBob\tc-2\n",
        'external_id,name\n"c-1","Ada, Countess"\nc-2,Bob\n',
        "\ufeffcustomer_id,name\nc-1,Ada\n\nc-2,Bob\n",
    ],
)
def test_lists_as_people_write_them(tmp_path: Path, text: str) -> None:
    assert recipients(read(tmp_path, text)) == ["c-1", "c-2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    audience = read(tmp_path, "customer_id;name\nc-1;Zoë Müller\n", encoding)
    (member,) = audience.members

    assert isinstance(member, AudienceMember)
    assert member.values == {"customer_id": "c-1", "name": "Zoë Müller"}
    assert "customer_id" in audience.found


def test_a_zipped_list_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("list.csv", "customer_id\nc-1\n")
    assert recipients(read_audience(tmp_path / "list.zip")) == ["c-1"]


def test_ids_come_as_they_went_in(tmp_path: Path) -> None:
    text = "customer_id,phone\n007,+4917012345\n+49170,-33.9\n"
    audience = read(tmp_path, text)

    assert recipients(audience) == ["007", "+49170"]
    assert [member.values["phone"] for member in audience.members if isinstance(member, AudienceMember)] == [
        "+4917012345",
        "-33.9",
    ]


def test_locale_repeats_and_short_rows_are_noticed(tmp_path: Path) -> None:
    audience = read(tmp_path, "customer_id,Locale\nc-1,de\nc-1,en\nc-2\n")

    first, _, short = audience.members
    assert isinstance(first, AudienceMember)
    assert (first.locale, first.line) == ("de", 2)
    assert audience.repeated == 1
    assert short == (4, "expected 2 columns, got 1")


@pytest.mark.parametrize(
    ("text", "stated", "said"),
    [
        ("", None, "expected at least one id"),
        ("name,town\nAda,Linz\n", None, "expected one of the columns customer_id"),
        ("customer_id,customer_id\na,b\n", None, "expected every column once, got 'customer_id' again"),
        ("kunde\nc-1\nc-2\n", None, "may be a header or an id"),
        ("customer_id\nc-1\n", Stated(id_column="id"), "expected the column 'id'"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(
    tmp_path: Path, text: str, stated: Stated | None, said: str
) -> None:
    with pytest.raises(AudienceError, match=said):
        read(tmp_path, text, stated=stated)


def test_what_is_stated_ends_the_doubt(tmp_path: Path) -> None:
    text = "kunde\nc-1\n"

    assert recipients(read(tmp_path, text, stated=Stated(header=False))) == ["kunde", "c-1"]
    assert recipients(read(tmp_path, text, stated=Stated(id_column="kunde"))) == ["c-1"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudienceError, match=r"no\.csv"):
        read_audience(tmp_path / "no.csv")
