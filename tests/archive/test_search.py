from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from archive.albums import add_album, find_album, rename_album, set_album_private
from archive.batches import batch
from archive.editing import (
    Edit,
    add_comment,
    edit_photos,
    recycle_photos,
    retrieve_photos,
)
from archive.errors import ArchiveError, InvalidInput, InvalidQuery, NotAllowed
from archive.identity import new_uuid
from archive.locations import (
    find_or_add_location,
    get_location,
    move_location,
    rename_location,
)
from archive.people import Person, add_person, edit_person, find_person, owner
from archive.photos import load_photos
from archive.rights import Viewer, scope_condition, viewer
from archive.search import (
    ORDERS,
    Filter,
    Query,
    Word,
    count,
    cursor_at,
    facets,
    find_photos,
    iterate,
    parse,
    photos,
    snippets,
    stems,
)
from archive.trades import edit_trade, find_or_add_trade, find_trade
from tests.archive import search_model as model
from tests.archive.in_memory import insert_photo

WORDS = [
    "Foundation",
    "foundations",
    "wall",
    "Wälle",
    "north-wall",
    "poured",
    "pouring",
    "slab",
    "10:30",
    "IMG_0012",
    "reff",
    "ref00012",
    "Straße",
    "tiles",
    "2026",
    "star",
    "s0",
    "a1",
    "m202605",
    "business",
    "house",
    "payment",
    "https",
]
ALBUMS = ("Unclassified", "Level 3", "Claims", "2026")
PATHS = (
    "Tower A",
    "Tower A>Level 3",
    "Tower A>Level 3>Room 1",
    "Tower B",
    "Tower B>Roof",
)
TRADES = ("Rebar", "HVAC", "Plumbing")
CAMERAS = ("Canon EOS", "Apple iPhone 15")
MOMENTS = (
    "2025-12-31T23:59:59",
    "2026-01-01T00:00:00",
    "2026-03-09T14:05:00",
    "2026-03-09T14:05:30.500",
    "2026-05-11T08:00:00",
    "1999-07-01T12:00:00",
)


def fill(connection: Any, count: int, seed: int) -> None:
    """Photos of every kind, through the triggers."""
    rng = random.Random(seed)
    sam = owner(connection)
    with batch(connection, sam, origin="import") as opened:
        everyone = [1, add_person(connection, sam, opened, "Ana", level="standard").id]
        everyone.append(add_person(connection, sam, opened, "Bo", level="admin").id)
        albums = [find_album(connection, "Unclassified").id]
        for name in ALBUMS[1:]:
            private = name == "Claims"
            albums.append(add_album(connection, sam, opened, name, private=private).id)
        places = [
            find_or_add_location(connection, sam, opened, path).id for path in PATHS
        ]
        trades = [
            find_or_add_trade(connection, sam, opened, name).id for name in TRADES
        ]
        for name in CAMERAS:
            connection.execute(
                "insert into cameras (name, name_key) values (?, ?)",
                (name, name.lower()),
            )
        for n in range(count):
            _photo(connection, opened.at, rng, n, (albums, places, trades, everyone))


def _photo(
    connection: Any, at: str, rng: random.Random, n: int, site: tuple[list[int], ...]
) -> None:
    albums, places, trades, everyone = site
    original = connection.execute(
        """
        insert into originals (sha256, extension, bytes, crc32, media_type, kind,
            projection, damage, stored_at)
        values (?, ?, 1, 0, 'x/y', ?, 'unknown', ?, ?)
        """,
        (
            f"{rng.getrandbits(256):064x}",
            rng.choice(("jpg", "heic", "mov")),
            rng.choice(("image", "image", "raw", "video")),
            rng.choice((None, None, "cut short")),
            at,
        ),
    ).lastrowid
    album = rng.choice(albums)
    private = album == albums[2] or rng.random() < 0.2
    placed = rng.random() < 0.5
    moment = rng.choice(MOMENTS)
    number = connection.execute(
        """
        insert into photos (uuid, original_id, filename, description, album_id,
            location_id, uploader_id, private, starred, taken_at, assumed_at, log_date,
            latitude, longitude, projection, camera_id, uploaded_at, updated_at,
            recycled_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            new_uuid(),
            rng.choice((original, original, None)),
            rng.choice((f"IMG_{n:04d}.jpg", f"DSC{n:05d}.JPG", rng.choice(WORDS))),
            " ".join(rng.choices(WORDS, k=rng.choice((0, 0, 2, 4)))),
            album,
            rng.choice((None, *places)),
            rng.choice((None, *everyone)),
            int(private),
            int(rng.random() < 0.2),
            rng.choice((None, moment)),
            moment,
            moment[:10] if not private and rng.random() < 0.3 else None,
            1.5 if placed else None,
            2.5 if placed else None,
            rng.choice(("regular", "regular", "360", "unknown")),
            rng.choice((None, 1, 2)),
            f"2026-0{rng.randint(1, 9)}-11T10:00:00.000Z",
            at,
            at if rng.random() < 0.15 else None,
        ),
    ).lastrowid
    for trade in rng.sample(trades, rng.choice((0, 1, 2))):
        connection.execute("insert into photo_trades values (?, ?)", (number, trade))
    if rng.random() < 0.2:
        connection.execute(
            "insert into comments (uuid, photo_id, author_id, body, created_at)"
            " values (?, ?, 1, ?, ?)",
            (new_uuid(), number, rng.choice(WORDS), at),
        )


@st.composite
def terms(draw: st.DrawFn, *, alone: bool = True) -> Word | Filter:
    negated = alone and draw(st.integers(0, 3)) == 0
    if draw(st.booleans()):
        text = draw(st.sampled_from(WORDS))
        if draw(st.integers(0, 3)) == 0:
            text += " " + draw(st.sampled_from(WORDS))
        prefix = draw(st.booleans())
        if prefix:
            text = text[: draw(st.integers(1, len(text)))].strip(" _-:") or "f"
        return Word(text, prefix, negated)
    spans = ["2026", "2026-03", "..2025", "2026-01-01..", "1999..2026-03-09"]
    if alone:
        spans += ["2026-03-09T14:05", "2026-03-09T14:05:30..2026-05-11T08:00"]
    values = {
        "album": ALBUMS,
        "location": PATHS,
        "trade": TRADES,
        "by": ("Sam", "Ana", "Bo"),
        "camera": CAMERAS,
        "ext": ("jpg", "heic", "png"),
        "name": ("IMG", "IMG_00", "dsc0", "foun"),
        "is": [
            "starred",
            "private",
            "public",
            "360",
            "damaged",
            "image",
            "raw",
            "video",
        ],
        "has": ["gps", "description", "comments", "location", "trades", "date"],
        "projection": ("360", "regular", "unknown"),
        "taken": spans,
        "uploaded": spans if alone else ["2026-03", "2026"],
        "log": spans if alone else ["2026-03", "2025..2026"],
    }
    name = draw(st.sampled_from(sorted(values)))
    return Filter(name, draw(st.sampled_from(list(values[name]))), negated)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    sizes = draw(st.lists(st.sampled_from((1, 1, 1, 2, 3)), max_size=3))
    clauses: list[tuple[Word | Filter, ...]] = [
        tuple(draw(terms(alone=size == 1)) for _ in range(size)) for size in sizes
    ]
    if draw(st.integers(0, 7)) == 0:
        clauses.append((Filter("is", "recycled"),))
    return Query(tuple(clauses))


def viewers(connection: Any) -> dict[str, Viewer]:
    found = {}
    for name in ("Sam", "Ana"):
        who = viewer(find_person(connection, name))
        assert who is not None
        found[name] = who
    reader = Person(99, "", "Reader", None, "read_only")
    found["Reader"] = viewer(reader) or pytest.fail("a reader sees something")
    return found


def pages(
    connection: Any, query: Query | str, who: Viewer, order: str, limit: int
) -> Iterator[tuple[int, ...]]:
    after = None
    while True:
        page = find_photos(
            connection, query, who, order=order, limit=limit, after=after
        )
        yield page.ids
        after = page.next
        if after is None:
            return
        assert len(page.ids) == limit


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    found = model.project()
    fill(found, 150, seed=1)
    yield found
    found.close()


@pytest.fixture
def sam(connection: Any) -> Viewer:
    return model.admin(connection)


def expect_same(
    connection: Any, query: Query, who: Viewer, order: str, limit: int
) -> None:
    """The search and the plain model say the same, refusals included."""
    try:
        listed = list(pages(connection, query, who, order, limit))
    except (NotAllowed, InvalidQuery) as error:
        expect_reason(error, query, who)
        return
    flat = [number for page in listed for number in page]
    assert sorted(flat) == sorted(model.search(connection, query, who))
    expected = {"newest": -1, "oldest": 1}.get(order)
    if expected:
        keys = [(p.shown_at, p.id) for p in (photo_of(connection, n) for n in flat)]
        assert keys == sorted(keys, reverse=expected < 0)
    total = count(connection, query, who)
    assert (total.photos, total.exact) == (len(flat), True)


def expect_reason(error: ArchiveError, query: Query, who: Viewer) -> None:
    """A refusal is because of stars, the bin, or an album that nobody may know of."""
    values = {term.value for term in query.terms() if isinstance(term, Filter)}
    if isinstance(error, NotAllowed):
        assert ("starred" in values and not who.stars) or "recycled" in values
    else:
        unknown = "there is no album" in str(error) and not who.everything
        assert unknown or "recycle bin" in str(error)


def photo_of(connection: Any, number: int) -> Any:
    return load_photos(connection, [number])[0]


@settings(max_examples=400)
@given(
    queries(),
    st.sampled_from(("Sam", "Ana", "Reader")),
    st.sampled_from(sorted(ORDERS)),
)
def test_search_finds_what_looking_at_every_photo_finds(
    connection: Any, query: Query, name: str, order: str
) -> None:
    expect_same(connection, query, viewers(connection)[name], order, limit=7)


@settings(max_examples=100)
@given(queries(), st.sampled_from(("newest", "oldest")))
def test_walking_through_time_finds_the_same(
    connection: Any, query: Query, order: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("archive.search.listing._FEW", 0)
        patch.setattr("archive.search.listing._MOST_IN_WINDOW", 3)
        expect_same(connection, query, model.admin(connection), order, limit=5)


def guard(connection: Any, who: Viewer) -> None:
    """Views over the tables, as the web process puts them before its connections."""
    for table in ("photos", "facet_counts"):
        condition = scope_condition(who)
        connection.execute(
            f"create temp view {table} as select * from main.{table} where {condition}"
        )
    connection.execute(
        f"""
        create temp view photos_fts as
        select rowid, photos_fts, rank, * from main.photos_fts
        where rowid in (select id from main.photos where {scope_condition(who)})
        """
    )
    for table in ("photo_trades", "comments"):
        connection.execute(
            f"create temp view {table} as select * from main.{table} where photo_id in"
            f" (select id from main.photos where {scope_condition(who)})"
        )


@pytest.mark.parametrize("name", ["Sam", "Ana", "Reader"])
def test_the_same_is_found_through_guarding_views(name: str) -> None:
    connection = model.project()
    fill(connection, 60, seed=2)
    who = viewers(connection)[name]
    asked = [
        *("", "wall", "found*", "-wall", "north-wall OR slab", 'location:"Tower A"'),
        *(
            "trade:Rebar poured",
            "album:2026",
            "by:Ana",
            "has:comments",
            "pour* is:private",
        ),
        *("taken:2026", "uploaded:2026-03", "camera:canon wall"),
    ]

    def answers() -> list[object]:
        return [
            (
                [list(pages(connection, q, who, order, 9)) for order in sorted(ORDERS)],
                facets(connection, q, who),
                count(connection, q, who),
                snippets(connection, q, who, find_photos(connection, q, who).ids),
            )
            for q in asked
        ]

    before = answers()
    guard(connection, who)
    assert answers() == before
    assert any(before)
    connection.close()


class Project(RuleBasedStateMachine):
    """Any changes in any order: counters and index are never stale."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = model.project()

    def teardown(self) -> None:
        self.connection.close()

    @initialize(seed=st.integers(0, 5))
    def begin(self, seed: int) -> None:
        fill(self.connection, 12, seed)

    def change(self, action: Callable[[Any, Any], object]) -> None:
        try:
            with batch(self.connection, owner(self.connection)) as opened:
                action(self.connection, opened)
        except ArchiveError:
            pass  # what the rules forbid leaves everything as it was

    def pick(self, table: str, number: int) -> int:
        rows = self.connection.execute(f"select id from {table} order by id").fetchall()
        return int(rows[number % len(rows)][0])

    numbers = st.integers(0, 30)
    places = st.one_of(st.just(0), st.integers(1, len(PATHS)))

    @rule(
        number=numbers,
        text=st.sampled_from(WORDS),
        album=st.sampled_from(ALBUMS),
        place=places,
        trades=st.sets(st.integers(1, 3)),
        starred=st.booleans(),
        moment=st.sampled_from(MOMENTS),
        which=st.sets(
            st.sampled_from(
                [
                    "description",
                    "album",
                    "location",
                    "trades",
                    "starred",
                    "taken_at",
                    "private",
                    "position",
                ]
            )
        ),
    )
    def edit(self, number: int, which: set[str], **given: Any) -> None:
        connection = self.connection
        values = {
            "description": given["text"],
            "album": find_album(connection, given["album"])
            if "album" in which
            else None,
            "location": given["place"],
            "trades": tuple(given["trades"]),
            "starred": given["starred"],
            "private": given["starred"],
            "taken_at": given["moment"],
            "position": (1.0, 2.0) if given["starred"] else (),
        }
        chosen = Edit(**{name: values[name] for name in which})
        photo = self.pick("photos", number)
        self.change(lambda c, _: edit_photos(c, owner(c), [photo], chosen))

    @rule(number=numbers)
    def recycle(self, number: int) -> None:
        photo = self.pick("photos", number)
        self.change(lambda c, b: recycle_photos(c, owner(c), b, [photo]))

    @rule(number=numbers)
    def retrieve(self, number: int) -> None:
        photo = self.pick("photos", number)
        self.change(lambda c, _: retrieve_photos(c, owner(c), [photo]))

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        photo = self.pick("photos", number)
        if self.connection.execute("select count(*) from photos").fetchone()[0] > 3:
            self.change(
                lambda c, _: c.execute("delete from photos where id = ?", (photo,))
            )

    @rule(number=numbers, text=st.sampled_from(WORDS))
    def comment(self, number: int, text: str) -> None:
        photo = self.pick("photos", number)
        self.change(lambda c, b: add_comment(c, owner(c), b, photo, text))

    @rule(number=numbers, upper=places, text=st.sampled_from(WORDS))
    def move_a_location(self, number: int, upper: int, text: str) -> None:
        node = get_location(self.connection, self.pick("locations", number))
        above = get_location(self.connection, upper) if upper else None
        self.change(lambda c, _: move_location(c, owner(c), node, above))
        self.change(lambda c, _: rename_location(c, owner(c), node, text))

    @rule(text=st.sampled_from(WORDS), private=st.booleans())
    def change_an_album(self, text: str, private: bool) -> None:
        album = find_album(self.connection, ALBUMS[1])
        self.change(lambda c, _: set_album_private(c, owner(c), album, private=private))
        self.change(lambda c, _: rename_album(c, owner(c), album, text))
        self.change(lambda c, _: rename_album(c, owner(c), album, ALBUMS[1]))

    @rule(text=st.sampled_from(WORDS), number=st.integers(0, 2))
    def rename_a_trade(self, text: str, number: int) -> None:
        trade = find_trade(self.connection, TRADES[number])
        self.change(lambda c, _: edit_trade(c, owner(c), trade, name=text))
        self.change(lambda c, _: edit_trade(c, owner(c), trade, name=TRADES[number]))

    @rule(text=st.sampled_from(WORDS))
    def rename_a_person(self, text: str) -> None:
        ana = find_person(self.connection, 2)
        self.change(lambda c, _: edit_person(c, owner(c), ana, name=text))

    @rule(number=numbers, kind=st.sampled_from(("image", "raw", "video")))
    def read_the_facts_again(self, number: int, kind: str) -> None:
        original = self.pick("originals", number)
        self.change(
            lambda c, _: c.execute(
                "update originals set kind = ?, damage = 'x' where id = ?",
                (kind, original),
            )
        )

    @rule(query=queries(), order=st.sampled_from(sorted(ORDERS)))
    def find(self, query: Query, order: str) -> None:
        named = {"album", "location", "trade", "by"}
        if any(isinstance(t, Filter) and t.name in named for t in query.terms()):
            return  # they may have got other names meanwhile
        expect_same(self.connection, query, model.admin(self.connection), order, 5)

    @invariant()
    def counters_are_a_live_count(self) -> None:
        live = """
            select dimension, location_id, value, scope, count(*) from photo_facets
            group by 1, 2, 3, 4"""
        kept = "select dimension, location_id, value, scope, photos from facet_counts"
        for one, other in ((live, kept), (kept, live)):
            assert self.connection.execute(f"{one} except {other}").fetchall() == []

    @invariant()
    def index_is_what_the_photos_say(self) -> None:
        self.connection.execute(
            "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
        )


TestProject = Project.TestCase
TestProject.settings = settings(max_examples=25, stateful_step_count=15)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('album:"Levle 3"', "did you mean 'Level 3'"),
        ("location:Towre", "did you mean 'Tower"),
        ("trade:reber", "did you mean 'Rebar'"),
        ("by:Anna", "did you mean 'Ana'"),
        ("camera:nikon", "there is no camera"),
        ('location:">"', "empty"),
    ],
)
def test_names_that_are_not_there_are_answered_with_near_ones(
    connection: Any, sam: Viewer, query: str, said: str
) -> None:
    with pytest.raises(InvalidQuery, match=said):
        find_photos(connection, query, sam)


def test_a_private_album_is_unknown_to_those_who_may_not_see_it() -> None:
    connection = model.project()
    fill(connection, 0, seed=1)
    reader = viewers(connection)["Reader"]
    answers = []
    for name in ("Claims", "Clbims"):
        with pytest.raises(InvalidQuery) as raised:
            find_photos(connection, f"album:{name}", reader)
        answers.append(str(raised.value).replace(name, "…"))
    assert answers[0] == answers[1]
    assert find_photos(connection, "album:Claims", model.admin(connection)).ids == ()
    connection.close()


@pytest.mark.parametrize(
    "query", ["is:starred", "-is:starred", "a OR is:starred", "is:recycled"]
)
def test_stars_and_bin_are_refused_to_those_without_the_right(
    connection: Any, query: str
) -> None:
    with pytest.raises(NotAllowed):
        find_photos(connection, query, viewers(connection)["Ana"])


def test_nobody_finds_nothing(connection: Any) -> None:
    assert find_photos(connection, "", None).ids == ()
    assert count(connection, "", None).photos == 0


@settings(max_examples=200)
@given(st.text(st.characters(codec=None), max_size=40))
def test_hostile_words_are_only_words(connection: Any, text: str) -> None:
    sam = model.admin(connection)
    for query in (text, f'"{text}"', f'"{text}"*', f"name:{text}"):
        try:
            found = find_photos(connection, query, sam)
            snippets(connection, query, sam, found.ids[:3])
        except InvalidQuery:
            continue


@pytest.mark.parametrize(
    "text",
    [
        'wall" OR refs:s0',
        "refs:s0",
        "refs : s0",
        "{refs} : s0",
        'wall") NOT (x',
        "NEAR(wall slab)",
        "wall^2 AND",
        "^wall",
        "wall +slab",
        "'; drop table photos; --",
        "\0wall\0",
    ],
)
def test_syntax_of_the_index_means_nothing_in_a_phrase(
    connection: Any, sam: Viewer, text: str
) -> None:
    query = Query((((Word(text)),),))
    assert set(find_photos(connection, query, sam, limit=500).ids) == model.search(
        connection, query, sam
    )


@pytest.mark.parametrize("word", ["s0", "a1", "m202605", "star", "sbin"])
def test_tokens_of_filters_are_not_found_as_words(
    connection: Any, sam: Viewer, word: str
) -> None:
    query = parse(word)
    assert set(find_photos(connection, query, sam, limit=500).ids) == model.search(
        connection, query, sam
    )


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        ("bus", {"business"}),  # the stemmer would make "bu" of it
        ("pay", {"payment"}),  # and "pai"
        ("hous", {"house", "houses", "housing"}),
        ("house", {"house", "houses", "housing"}),  # one stem, "hous"
        ("fence", {"fences", "fencer"}),
        ("http", {"http", "https"}),
        ("constructi", {"constructed", "construction"}),
        ("simplifie", {"simplified", "simplify"}),  # one stem, "simplifi"
        ("waterproofing-m", {"waterproofing-membrane"}),
        ("dsc0123456", {"dsc0123456789"}),
        ("dsc01234567891", set()),
    ],
)
def test_a_beginning_finds_the_words_that_begin_so(
    beginning: str, found: set[str]
) -> None:
    said = "bucket business paint payment house houses housing fences fencer http https"
    said += " constructed construction simplified simplify waterproofing-membrane"
    words = [*said.split(), "dsc0123456789", "стена"]
    connection = model.project()
    with batch(connection, owner(connection)) as opened:
        for number, word in enumerate(words):
            insert_photo(connection, opened, filename=f"{number}.jpg", description=word)
    page = photos(connection, f"{beginning}*", model.admin(connection), limit=50)
    assert {photo.description for photo in page if photo.description} == found
    connection.close()


@settings(max_examples=100)
@given(queries(), st.integers(1, 9))
def test_many_hits_ranked_are_the_same_hits(
    connection: Any, query: Query, limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("archive.search.listing._FEW_RANKED", 0)
        expect_same(connection, query, model.admin(connection), "relevance", limit)


def test_many_hits_are_ranked_by_where_the_word_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("archive.search.listing._FEW_RANKED", 0)
    connection = model.project()
    sam = owner(connection)
    with batch(connection, sam) as opened:
        album = add_album(connection, sam, opened, "Wall").id
        by_name = insert_photo(connection, opened, filename="wall.jpg")
        in_album = insert_photo(connection, opened, album_id=album)
        said = [
            insert_photo(connection, opened, description="a wall", filename="wall.jpg")
            for _ in range(2)
        ]
        insert_photo(connection, opened, description="a slab")
    best = (said[1], said[0], in_album, by_name)
    who = model.admin(connection)
    for limit in (1, 3, 9):
        assert sum(pages(connection, "wal*", who, "relevance", limit), ()) == best
    monkeypatch.setattr("archive.search.listing.MOST_SORTED", 2)
    page = find_photos(connection, "wal*", who, order="relevance")
    assert (page.ids, page.whole) == (best[:2], False)
    connection.close()


@given(st.text(max_size=20))
def test_a_beginning_is_asked_for_as_it_is_or_a_little_shorter(text: str) -> None:
    for word in stems.tokens(text, stemmed=False):
        begins, asked = stems.beginning(word)
        assert word.startswith(begins)
        assert stems.tokens(asked) == (begins,)


@pytest.mark.parametrize("order", ["newest", "oldest", "uploaded", "name"])
def test_a_cursor_at_a_photo_is_where_its_page_would_end(
    connection: Any, sam: Viewer, order: str
) -> None:
    page = find_photos(connection, "", sam, order=order, limit=7)
    assert cursor_at(photo_of(connection, page.ids[-1]), order) == page.next


@pytest.mark.parametrize("order", ["relevance", "size"])
def test_no_photo_has_a_place_in_an_order_that_it_does_not_make(
    connection: Any, sam: Viewer, order: str
) -> None:
    (photo,) = photos(connection, "", sam, limit=1)
    with pytest.raises(InvalidInput, match=order):
        cursor_at(photo, order)


@pytest.mark.parametrize(
    "cursor", ["", "x", "AAAA", "é", "bnVsbA", "WyJuZXdlc3QiLDEsMV0", "W10", "=" * 9]
)
def test_a_cursor_that_is_not_ours_is_refused(
    connection: Any, sam: Viewer, cursor: str
) -> None:
    with pytest.raises(InvalidInput, match="'after'"):
        find_photos(connection, "", sam, after=cursor)


def test_a_cursor_of_another_order_is_refused(connection: Any, sam: Viewer) -> None:
    after = find_photos(connection, "", sam, limit=1).next
    with pytest.raises(InvalidInput, match="another order, newest"):
        find_photos(connection, "", sam, after=after, order="name")


def test_photos_added_meanwhile_shift_no_page() -> None:
    connection = model.project()
    fill(connection, 40, seed=3)
    sam = model.admin(connection)
    first = find_photos(connection, "", sam, limit=10)
    whole = [p.id for p in iterate(connection, "", sam)]
    with batch(connection, owner(connection)) as opened:
        _photo(
            connection, opened.at, random.Random(9), 99, ([1, 1, 3], [1], [1, 2], [1])
        )
    second = find_photos(connection, "", sam, limit=10, after=first.next)
    assert set(first.ids).isdisjoint(second.ids)
    assert [n for n in second.ids if n in whole] == list(second.ids) == whole[10:20]
    connection.close()


def test_listing_reads_whole_photos_in_order(connection: Any, sam: Viewer) -> None:
    page = find_photos(connection, "wall", sam)
    assert [p.id for p in photos(connection, "wall", sam)] == list(page.ids)
    assert [p.id for p in iterate(connection, "wall", sam)] == list(page.ids)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("foundatio", True),
        ("FOUNDATIONS", True),
        ("fou", True),
        ("walle", True),
        ("WÄLLE", True),
        ("walle wal", True),
        ("fondation", False),
        ("ref000", True),
    ],
)
def test_half_typed_and_folded_words(
    connection: Any, sam: Viewer, typed: str, found: bool
) -> None:
    query = parse(typed, as_you_type=True)
    assert bool(find_photos(connection, query, sam).ids) == found


def test_snippets_mark_what_was_looked_for(connection: Any, sam: Viewer) -> None:
    with batch(connection, owner(connection)):
        connection.execute(
            "update photos set description = 'The <b>poured</b> slab' where id = 1"
        )
    pieces = snippets(connection, "pouring -wall album:2026", sam, [1])[1]
    assert [p.text for p in pieces if p.hit] == ["poured"]
    assert "".join(p.text for p in pieces) == "The <b>poured</b> slab"
    assert snippets(connection, "is:private", sam, [1]) == {}


def test_a_location_is_found_by_path_by_part_of_it_and_by_name(
    connection: Any, sam: Viewer
) -> None:
    below = {p.id for p in iterate(connection, 'location:"Tower A>Level 3"', sam)}
    assert below
    assert below == {p.id for p in iterate(connection, 'location:"level 3"', sam)}
    assert below < {p.id for p in iterate(connection, 'location:"Tower A"', sam)}
    room = {p.id for p in iterate(connection, 'location:"Level 3>Room 1"', sam)}
    assert room <= below
