-- The whole schema of archive.db, format 1. Applied as migration 0001.
--
-- Words: photo, album, location, trade, original, batch, change: see docs/format.md.
-- Times: *_at columns are UTC, 'YYYY-MM-DDTHH:MM:SS.mmmZ', except taken_at and
-- assumed_at, which are local wall-clock times 'YYYY-MM-DDTHH:MM:SS[.fff]' without a
-- zone. Dates are 'YYYY-MM-DD'. uuid columns hold version 7 uuids in their usual
-- text form. Readable by SQLite 3.40 and later.

----------------------------------------------------------------------------------------
-- People and settings
----------------------------------------------------------------------------------------

-- Everyone who ever did something here, or may. Person 1 owns the laptop.
CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    login TEXT COLLATE NOCASE UNIQUE,       -- e-mail or account name; NULL: cannot log in
    level TEXT NOT NULL DEFAULT 'read_only'
        CHECK (level IN ('none', 'read_only', 'standard', 'admin')),
    -- the four granular rights, on top of the level
    can_create_albums INTEGER NOT NULL DEFAULT 0 CHECK (can_create_albums IN (0, 1)),
    can_delete_albums INTEGER NOT NULL DEFAULT 0 CHECK (can_delete_albums IN (0, 1)),
    can_reorder_albums INTEGER NOT NULL DEFAULT 0 CHECK (can_reorder_albums IN (0, 1)),
    can_view_private INTEGER NOT NULL DEFAULT 0 CHECK (can_view_private IN (0, 1)),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at TEXT NOT NULL
) STRICT;

-- What an admin may set for the archive; value is JSON. The known keys and their
-- defaults are in archive/settings.py.
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT;

----------------------------------------------------------------------------------------
-- History: who changed what, when, why. Filled by triggers, sealed by archive/batches.py
----------------------------------------------------------------------------------------

-- Changes made together, in one transaction. A sealed batch (hash not NULL) never
-- changes again; each hash covers the previous one, so that history is a chain.
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- without a gap; a cut-off end shows in sqlite_sequence
    uuid TEXT NOT NULL UNIQUE,
    run TEXT,                               -- uuid shared by the batches of one long run
    at TEXT NOT NULL,
    actor_id INTEGER,                       -- NULL: unknown (raw SQL)
    actor_name TEXT NOT NULL,               -- as it was then
    origin TEXT NOT NULL
        CHECK (origin IN ('user', 'import', 'sync', 'exchange', 'undo', 'sql', 'system')),
    reason TEXT NOT NULL DEFAULT '',
    undoes INTEGER REFERENCES batches (id), -- the batch that this one takes back
    changes INTEGER NOT NULL DEFAULT 0,     -- how many; part of the hash
    previous_hash TEXT NOT NULL,            -- of batch id - 1; 64 zeros for the first
    hash TEXT                               -- SHA-256, hex; how: docs/format.md
) STRICT;
CREATE INDEX batches_by_run ON batches (run) WHERE run IS NOT NULL;
CREATE INDEX batches_by_undoes ON batches (undoes) WHERE undoes IS NOT NULL;

-- One field of one record, before and after. A record's making is field '' with the
-- new record as JSON (NULLs left out), its end field '' with the old one. Members of a
-- set (the trades of a photo) come and go as old or new NULL.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    batch_id INTEGER REFERENCES batches (id),   -- NULL: raw SQL, until the next batch adopts it
    entity TEXT NOT NULL,                       -- photo, album, location, trade, person, comment, markup,
                                                -- setting, plan, decision, original, tombstone, key
    record_id ANY NOT NULL,
    field TEXT NOT NULL,
    old ANY,
    new ANY
) STRICT;
CREATE INDEX changes_by_record ON changes (entity, record_id, id);
CREATE INDEX changes_by_batch ON changes (batch_id);

-- The batch that the running transaction writes under. Empty between transactions.
CREATE TABLE open_batch (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    batch_id INTEGER NOT NULL REFERENCES batches (id)
) STRICT;
CREATE INDEX open_batch_by_batch ON open_batch (batch_id);

CREATE TRIGGER batches_are_final BEFORE UPDATE ON batches WHEN OLD.hash IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'history is sealed'); END;
CREATE TRIGGER batches_stay BEFORE DELETE ON batches WHEN OLD.hash IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'history is sealed'); END;
CREATE TRIGGER changes_are_final BEFORE UPDATE ON changes
WHEN OLD.batch_id IS NOT NULL OR NEW.id <> OLD.id OR NEW.entity <> OLD.entity
    OR NEW.record_id <> OLD.record_id OR NEW.field <> OLD.field
    OR NEW.old IS NOT OLD.old OR NEW.new IS NOT OLD.new
BEGIN SELECT RAISE(ABORT, 'history is sealed'); END;
CREATE TRIGGER changes_stay BEFORE DELETE ON changes
BEGIN SELECT RAISE(ABORT, 'history is sealed'); END;

----------------------------------------------------------------------------------------
-- Files: originals and where they came from
----------------------------------------------------------------------------------------

-- One row for each stored file, with every fact read from it. Never changed by people;
-- a newer reader may read the facts again.
CREATE TABLE originals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice: the history names originals by it
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    extension TEXT NOT NULL,                -- of the stored name: originals/ab/abcd….jpg
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    crc32 INTEGER NOT NULL,                 -- for zip exports, without reading the file again
    media_type TEXT NOT NULL,               -- sniffed from the bytes
    kind TEXT NOT NULL CHECK (kind IN ('image', 'raw', 'video')),
    width INTEGER,                          -- stored pixels; NULL: unknown
    height INTEGER,
    orientation INTEGER CHECK (orientation BETWEEN 1 AND 8),    -- EXIF's; NULL: none or illegal
    -- what brings the stored pixels upright: HEIF and video say it in the container
    turned INTEGER NOT NULL DEFAULT 1 CHECK (turned BETWEEN 1 AND 8),
    taken_at TEXT,                          -- as the camera wrote it, local
    taken_offset TEXT,                      -- '+05:30' only when the file states it
    taken_source TEXT,                      -- the tag, e.g. 'EXIF DateTimeOriginal'
    latitude REAL CHECK (latitude BETWEEN -90 AND 90),
    longitude REAL CHECK (longitude BETWEEN -180 AND 180),
    altitude REAL,                          -- metres
    position_source TEXT,
    direction REAL,                         -- degrees clockwise from north
    camera_make TEXT,
    camera_model TEXT,
    lens TEXT,
    projection TEXT NOT NULL CHECK (projection IN ('regular', '360', 'unknown')),
    damage TEXT,                            -- why the file looks damaged; NULL: it does not
    details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details)),  -- further facts
    stored_at TEXT NOT NULL,
    verified_at TEXT,                       -- when its bytes were last read and hashed again
    -- width by height of a tile of it, x 1000: upright, and turned by a quarter more. Within
    -- 500 and 3200, so that a panorama is no line; 1333 where the size is unknown
    aspect INTEGER GENERATED ALWAYS AS (coalesce(max(500, min(3200,
        iif(turned < 5, width * 1000 / height, height * 1000 / width))), 1333)) VIRTUAL,
    aspect_turned INTEGER GENERATED ALWAYS AS (coalesce(max(500, min(3200,
        iif(turned < 5, height * 1000 / width, width * 1000 / height))), 1333)) VIRTUAL
) STRICT;
CREATE INDEX originals_by_size ON originals (bytes);
CREATE INDEX originals_verified ON originals (verified_at, id);

CREATE TRIGGER originals_keep_their_bytes
BEFORE UPDATE OF id, sha256, bytes, crc32, stored_at ON originals
WHEN NEW.id <> OLD.id OR NEW.sha256 <> OLD.sha256 OR NEW.bytes <> OLD.bytes
    OR NEW.crc32 <> OLD.crc32 OR NEW.stored_at <> OLD.stored_at
BEGIN SELECT RAISE(ABORT, 'an original never changes'); END;

-- Where files came from: a folder, a stick, a zip, an upload. No absolute path is kept: key is
-- SHA-256 of the archive's uuid and the path, enough to know the same place again.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'file', 'zip', 'upload')),
    name ANY NOT NULL,                      -- last part of the path; a BLOB when not UTF-8
    key TEXT NOT NULL UNIQUE,
    first_seen_at TEXT NOT NULL
) STRICT;

-- One run of `asbuilt import`.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,              -- the run of its batches
    person_id INTEGER NOT NULL REFERENCES people (id),
    options TEXT NOT NULL CHECK (json_valid(options)),
    started_at TEXT NOT NULL,
    finished_at TEXT,                       -- NULL: running, or stopped half way
    imported INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX imports_by_person ON imports (person_id);

-- Each file as it was last seen in a source, and what became of it.
CREATE TABLE source_files (
    source_id INTEGER NOT NULL REFERENCES sources (id),
    path ANY NOT NULL,                      -- below the source, '/' between; BLOB when not UTF-8
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('imported', 'duplicate', 'refused')),
    reason TEXT,                            -- of a refusal
    original_id INTEGER REFERENCES originals (id) ON DELETE SET NULL,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    PRIMARY KEY (source_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_files_by_original ON source_files (original_id);
CREATE INDEX source_files_by_import ON source_files (import_id);

-- Packages that were taken in: whose photos some of these were, and when.
CREATE TABLE packages (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,              -- the package's own
    archive_uuid TEXT NOT NULL,             -- of the archive that it was made of
    title TEXT NOT NULL,                    -- the project's name there
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,                  -- a name
    seal TEXT NOT NULL CHECK (length(seal) = 64),   -- SHA-256 of its tag manifest
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),   -- 1: all that the archive had
    run TEXT NOT NULL,                      -- of the batches that took it in
    person_id INTEGER NOT NULL REFERENCES people (id),
    imported_at TEXT NOT NULL
) STRICT;
CREATE INDEX packages_by_person ON packages (person_id);

-- The history that came with one, a line of its history.jsonl each, as it was: its hashes
-- can still be checked. Records are named there by the numbers of the other archive.
CREATE TABLE package_lines (
    package_id INTEGER NOT NULL REFERENCES packages (id),
    number INTEGER NOT NULL,                -- of the line, from 1
    line TEXT NOT NULL,
    PRIMARY KEY (package_id, number)
) STRICT, WITHOUT ROWID;

----------------------------------------------------------------------------------------
-- Albums, locations, trades, cameras
----------------------------------------------------------------------------------------

-- Flat and ordered. Album 1 is "Unclassified": always there, never renamed or deleted.
-- A public album may have the name of a private one: were it refused, that would tell.
CREATE TABLE albums (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL,                 -- NFKC, case folded: names with one key read alike
    position TEXT NOT NULL,                 -- fractional index, sorts as bytes; archive/ordering.py
    private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1)),
    cover_photo_id INTEGER REFERENCES photos (id) ON DELETE SET NULL,  -- NULL: the newest
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (name_key, private)
) STRICT;
CREATE INDEX albums_by_position ON albums (position, id);
CREATE INDEX albums_by_cover ON albums (cover_photo_id) WHERE cover_photo_id IS NOT NULL;

CREATE TRIGGER unclassified_stays BEFORE DELETE ON albums WHEN OLD.id = 1
BEGIN SELECT RAISE(ABORT, 'Unclassified cannot be deleted'); END;
CREATE TRIGGER unclassified_keeps_its_name BEFORE UPDATE OF name, private ON albums
WHEN OLD.id = 1 AND (NEW.name <> OLD.name OR NEW.private <> 0)
BEGIN SELECT RAISE(ABORT, 'Unclassified cannot be renamed or made private'); END;

-- A tree: Building > Floor > Room, each node below its parent (NULL: top).
CREATE TABLE locations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    parent_id INTEGER REFERENCES locations (id),
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX locations_by_name ON locations (ifnull(parent_id, 0), name_key);
CREATE INDEX locations_by_parent ON locations (parent_id);

-- Every node with itself (depth 0) and everything above it. Kept by triggers.
CREATE TABLE location_tree (
    ancestor_id INTEGER NOT NULL REFERENCES locations (id) ON DELETE CASCADE,
    descendant_id INTEGER NOT NULL REFERENCES locations (id) ON DELETE CASCADE,
    depth INTEGER NOT NULL,
    PRIMARY KEY (descendant_id, ancestor_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX location_tree_down ON location_tree (ancestor_id, depth, descendant_id);

-- The crafts on site: a list of the project's, not a tree.
CREATE TABLE trades (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL UNIQUE,
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),  -- inactive: not offered any more
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- Cameras seen in the files, so that they can be counted and filtered by number.
CREATE TABLE cameras (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,                     -- make and model, the make not said twice
    name_key TEXT NOT NULL UNIQUE
) STRICT;

----------------------------------------------------------------------------------------
-- Photos
----------------------------------------------------------------------------------------

-- What people see and change. The bytes and what the camera said are in originals; where
-- both have a column (taken_at, latitude), the one here is what holds.
CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice: the ids of purged photos stay dead
    uuid TEXT NOT NULL UNIQUE,
    original_id INTEGER REFERENCES originals (id),  -- NULL: known from a remote, bytes not here yet
    filename TEXT NOT NULL,                 -- as it came; undecodable bytes as \xNN
    filename_bytes BLOB,                    -- the exact name when it was not UTF-8
    description TEXT NOT NULL DEFAULT '',
    album_id INTEGER NOT NULL DEFAULT 1 REFERENCES albums (id),
    location_id INTEGER REFERENCES locations (id),
    uploader_id INTEGER REFERENCES people (id),
    private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1)),
    starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1)),   -- of the project, not of a person
    taken_at TEXT,                          -- local; NULL: unknown
    taken_offset TEXT,                      -- '+05:30'; NULL: not known
    taken_source TEXT,                      -- 'file: EXIF DateTimeOriginal', 'person', 'remote'
    assumed_at TEXT NOT NULL,               -- local time of import: shown, as assumed, where taken_at is unknown
    log_date TEXT,                          -- the daily log day it belongs to; NULL: none
    latitude REAL CHECK (latitude BETWEEN -90 AND 90),
    longitude REAL CHECK (longitude BETWEEN -180 AND 180),
    position_source TEXT,                   -- 'file: EXIF GPS', 'person', 'remote'
    direction REAL CHECK (direction >= 0 AND direction < 360),
    projection TEXT NOT NULL DEFAULT 'unknown' CHECK (projection IN ('regular', '360', 'unknown')),
    camera_id INTEGER REFERENCES cameras (id),
    rotation INTEGER NOT NULL DEFAULT 0 CHECK (rotation IN (0, 90, 180, 270)),  -- by a person, clockwise
    uploaded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    recycled_at TEXT,                       -- NULL: not in the recycle bin
    recycled_by INTEGER REFERENCES people (id),
    -- where the photo stands in time, known or assumed
    sorted_at TEXT GENERATED ALWAYS AS (coalesce(taken_at, assumed_at)) STORED,
    -- who may see it: 0 everyone; the uploader's id: private (-2: uploader unknown); -1: in the bin.
    -- Last column of every index, so that a filter on it never reads a hidden row.
    scope INTEGER GENERATED ALWAYS AS (
        CASE WHEN recycled_at IS NOT NULL THEN -1
             WHEN private = 1 THEN coalesce(uploader_id, -2)
             ELSE 0 END) STORED,
    -- the finest cell of the map that it lies in, counted from the west and from the south:
    -- what this does to latitude comes near the map's (web mercator), with plain arithmetic
    -- that gives the same number on every machine (archive/cells.py)
    map_x INTEGER GENERATED ALWAYS AS (
        min(16777215, CAST((longitude + 180.0) / 360.0 * 16777216.0 AS INTEGER))) STORED,
    map_y INTEGER GENERATED ALWAYS AS (
        min(16777215, CAST((180.0 + iif(latitude < 0, -1.0, 1.0) * min(180.0,
            1.1 * abs(latitude)
            + 0.5 * max(abs(latitude) - 40.0, 0.0) + 0.8 * max(abs(latitude) - 60.0, 0.0)
            + 1.6 * max(abs(latitude) - 70.0, 0.0) + 4.0 * max(abs(latitude) - 80.0, 0.0)
        )) / 360.0 * 16777216.0 AS INTEGER))) STORED,
    CHECK ((latitude IS NULL) = (longitude IS NULL))
) STRICT;
CREATE INDEX photos_by_date ON photos (sorted_at, id, scope);
CREATE INDEX photos_by_album ON photos (album_id, sorted_at, id, scope);
CREATE INDEX photos_by_location ON photos (location_id, sorted_at, id, scope);
CREATE INDEX photos_by_upload ON photos (uploaded_at, id, scope);
CREATE INDEX photos_by_update ON photos (updated_at, id, scope);
CREATE INDEX photos_by_uploader ON photos (uploader_id, sorted_at, id, scope);
CREATE INDEX photos_by_original ON photos (original_id, id, scope);
CREATE INDEX photos_by_camera ON photos (camera_id, sorted_at, id, scope);
CREATE INDEX photos_starred ON photos (sorted_at, id, scope) WHERE starred = 1;
CREATE INDEX photos_private ON photos (sorted_at, id, scope) WHERE private = 1;
CREATE INDEX photos_recycled ON photos (recycled_at, id, scope) WHERE recycled_at IS NOT NULL;
CREATE INDEX photos_by_recycler ON photos (recycled_by) WHERE recycled_by IS NOT NULL;
CREATE INDEX photos_of_log ON photos (log_date, id, scope) WHERE log_date IS NOT NULL;
CREATE INDEX photos_360 ON photos (sorted_at, id, scope) WHERE projection = '360';

-- Several trades a photo.
CREATE TABLE photo_trades (
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    trade_id INTEGER NOT NULL REFERENCES trades (id),
    PRIMARY KEY (photo_id, trade_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_trades_by_trade ON photo_trades (trade_id, photo_id);

-- What people say about a photo: a thread, oldest first.
CREATE TABLE comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    author_id INTEGER REFERENCES people (id),
    body TEXT NOT NULL CHECK (body <> ''),
    created_at TEXT NOT NULL,
    edited_at TEXT
) STRICT;
CREATE INDEX comments_by_photo ON comments (photo_id, id);
CREATE INDEX comments_by_author ON comments (author_id);

-- Whom a comment names, as "@Kim Lee" in its text. Their history is the comment's.
CREATE TABLE mentions (
    comment_id INTEGER NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES people (id),
    PRIMARY KEY (comment_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_person ON mentions (person_id, comment_id);

-- What people drew on photos, over the picture: the original is never touched. Lowest first.
-- Points are of the picture upright as its file has it (EXIF's orientation applied, the
-- photo's own rotation not), in 1/100,000 of its width and height; they turn with the photo.
CREATE TABLE markups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    author_id INTEGER REFERENCES people (id),
    kind TEXT NOT NULL
        CHECK (kind IN ('pen', 'line', 'arrow', 'rectangle', 'ellipse', 'cloud', 'text')),
    colour TEXT NOT NULL CHECK (colour IN
        ('red', 'orange', 'yellow', 'green', 'blue', 'violet', 'black', 'white')),
    width INTEGER NOT NULL CHECK (width BETWEEN 1 AND 50),  -- in 1/1000 of the longer side
    points TEXT NOT NULL CHECK (json_valid(points)),        -- [[x, y], ...]; archive/markup_shapes.py
    text TEXT NOT NULL DEFAULT '',          -- of kind text; else ''
    created_at TEXT NOT NULL,
    edited_at TEXT
) STRICT;
CREATE INDEX markups_by_photo ON markups (photo_id, id);
CREATE INDEX markups_by_author ON markups (author_id);

-- What is left of a purged photo: that it was, whose bytes it had, who ended it and why.
CREATE TABLE tombstones (
    photo_id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    sha256 TEXT,
    bytes INTEGER,
    filename TEXT NOT NULL,
    uploaded_at TEXT NOT NULL,
    recycled_at TEXT,
    purged_at TEXT NOT NULL,
    purged_by INTEGER REFERENCES people (id),
    reason TEXT NOT NULL DEFAULT '',
    -- 1: no photo has these bytes any more, and the file (or a thumbnail of it) is still
    -- to be removed
    unlink INTEGER NOT NULL DEFAULT 0 CHECK (unlink IN (0, 1))
) STRICT;
CREATE INDEX tombstones_by_person ON tombstones (purged_by);
CREATE INDEX tombstones_by_sha256 ON tombstones (sha256);
CREATE INDEX tombstones_to_unlink ON tombstones (sha256) WHERE unlink = 1;

CREATE TRIGGER tombstones_are_final BEFORE UPDATE OF photo_id, uuid, sha256, bytes, filename,
    uploaded_at, recycled_at, purged_at, purged_by, reason ON tombstones
BEGIN SELECT RAISE(ABORT, 'a tombstone never changes'); END;
CREATE TRIGGER tombstones_stay BEFORE DELETE ON tombstones
BEGIN SELECT RAISE(ABORT, 'a tombstone stays'); END;

-- Privacy holds whoever writes: what lies in a private album is private.
CREATE TRIGGER photos_of_private_albums_are_private_new BEFORE INSERT ON photos
WHEN NEW.private = 0 AND (SELECT private FROM albums WHERE id = NEW.album_id)
BEGIN SELECT RAISE(ABORT, 'a photo in a private album is private'); END;
CREATE TRIGGER photos_of_private_albums_are_private BEFORE UPDATE OF album_id, private ON photos
WHEN NEW.private = 0 AND (SELECT private FROM albums WHERE id = NEW.album_id)
BEGIN SELECT RAISE(ABORT, 'a photo in a private album is private'); END;

-- And what is private is in no daily log, which more people read.
CREATE TRIGGER private_photos_are_in_no_log_new BEFORE INSERT ON photos
WHEN NEW.private = 1 AND NEW.log_date IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a private photo is in no daily log'); END;
CREATE TRIGGER private_photos_are_in_no_log BEFORE UPDATE OF private, log_date ON photos
WHEN NEW.private = 1 AND NEW.log_date IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a private photo is in no daily log'); END;

----------------------------------------------------------------------------------------
-- Verifications: what was read again and compared, and what was wrong. A log of its own,
-- no part of the history: nothing of it is changed by people
----------------------------------------------------------------------------------------

-- One verification (archive/verifying); one that was stopped half way is gone on with.
CREATE TABLE checks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    person_id INTEGER NOT NULL REFERENCES people (id),
    started_at TEXT NOT NULL,               -- originals verified before that are due
    finished_at TEXT,                       -- NULL: not all files were read yet
    records INTEGER NOT NULL CHECK (records IN (0, 1)),     -- 1: the database, too
    files INTEGER NOT NULL DEFAULT 0,       -- that were read
    bytes INTEGER NOT NULL DEFAULT 0,       -- of those that are as they should be
    faults INTEGER NOT NULL DEFAULT 0       -- that it found, also known ones
) STRICT;
CREATE INDEX checks_by_person ON checks (person_id);

-- Keys that signed what left the archive: their public halves. The others are in the keyring
-- of the computer that made them, never here. A key that was replaced stays, so that what it
-- signed can be checked.
CREATE TABLE signing_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_key TEXT NOT NULL UNIQUE CHECK (length(public_key) = 64),    -- Ed25519, hex
    fingerprint TEXT NOT NULL UNIQUE CHECK (length(fingerprint) = 64),  -- SHA-256 of it in DER, hex
    person_id INTEGER NOT NULL REFERENCES people (id),      -- who signed first
    made_at TEXT NOT NULL,
    retired_at TEXT                         -- NULL: it is in use
) STRICT;
CREATE INDEX signing_keys_by_person ON signing_keys (person_id);

CREATE TRIGGER signing_keys_stay BEFORE DELETE ON signing_keys
BEGIN SELECT RAISE(ABORT, 'a key stays, for what it signed'); END;
CREATE TRIGGER signing_keys_are_final
BEFORE UPDATE OF id, public_key, fingerprint, person_id, made_at ON signing_keys
BEGIN SELECT RAISE(ABORT, 'a key never changes'); END;

-- What was found to be wrong, until it is mended.
CREATE TABLE faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    check_id INTEGER NOT NULL REFERENCES checks (id),       -- which found it first
    found_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,                  -- when it was found to be so still
    what TEXT NOT NULL CHECK (what IN ('absent', 'other bytes', 'unreadable', 'orphan',
        'database', 'reference', 'search', 'counter', 'history')),
    subject TEXT NOT NULL,                  -- a file below originals, maps/…, a table and row; '': the whole
    text TEXT NOT NULL,                     -- for a person
    mended_at TEXT                          -- NULL: it is wrong still, as far as is known
) STRICT;
CREATE UNIQUE INDEX faults_open ON faults (what, subject, iif(subject = '', text, '')) WHERE mended_at IS NULL;
CREATE INDEX faults_by_check ON faults (check_id);

----------------------------------------------------------------------------------------
-- Copies: who else has the originals (archive/keeping). No part of the history either
----------------------------------------------------------------------------------------

-- A place that holds copies: a backup, a bucket, a stick, another laptop. Where it is
-- found is known to each computer for itself, and stands in no archive.
CREATE TABLE copies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,              -- of the place itself
    kind TEXT NOT NULL CHECK (kind IN ('backup', 'bucket', 'stick', 'site', 'folder')),
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    added_at TEXT NOT NULL
) STRICT;

-- Which originals a copy holds: their bytes were read there in full, and hashed.
CREATE TABLE copy_originals (
    copy_id INTEGER NOT NULL REFERENCES copies (id) ON DELETE CASCADE,
    original_id INTEGER NOT NULL REFERENCES originals (id) ON DELETE CASCADE,
    verified INTEGER NOT NULL,              -- when: seconds since 1970, in a sixth of a text's room
    PRIMARY KEY (copy_id, original_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX copy_originals_by_original ON copy_originals (original_id);

-- What was done with copies, also with those that are forgotten.
CREATE TABLE copy_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people (id),
    copy TEXT NOT NULL,                     -- its uuid; it may be forgotten since
    name TEXT NOT NULL,                     -- as it was called then
    what TEXT NOT NULL CHECK (what IN ('added', 'forgotten', 'backed up', 'checked',
        'acknowledged', 'repaired')),
    good INTEGER NOT NULL,                  -- originals that were found whole in it
    bad INTEGER NOT NULL                    -- that were looked for and are not
) STRICT;
CREATE INDEX copy_events_by_person ON copy_events (person_id);

----------------------------------------------------------------------------------------
-- Jobs: work that takes longer than a request. No part of the history: what a job
-- changes is in batches whose run is the job's uuid
----------------------------------------------------------------------------------------

-- Work that a process of its own does on somebody's behalf, with their rights of that
-- moment (archive/jobs). interrupted: the process that had it is gone.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,              -- the run of the batches that it writes
    kind TEXT NOT NULL CHECK (kind <> ''),  -- archive/jobs/kinds.py
    person_id INTEGER NOT NULL REFERENCES people (id),
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN (
        'queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options)),
    position TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(position)),  -- where it goes on after a crash
    done INTEGER NOT NULL DEFAULT 0,        -- items
    total INTEGER,                          -- NULL: not known (yet)
    errors INTEGER NOT NULL DEFAULT 0,      -- items that failed, each in job_errors
    message TEXT NOT NULL DEFAULT '',
    cancelling INTEGER NOT NULL DEFAULT 0 CHECK (cancelling IN (0, 1)),  -- it was asked to stop
    due_at TEXT,                            -- of a queued one: not before; NULL: not until it is woken
    runner TEXT,                            -- uuid of the process that has it, or had it last
    lease_until TEXT,                       -- of a running one: if nothing is heard, that process is gone
    tries INTEGER NOT NULL DEFAULT 0,       -- processes that took it up since it last came further
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
) STRICT;
CREATE INDEX jobs_by_person ON jobs (person_id, id);
CREATE INDEX jobs_by_state ON jobs (state, due_at);

-- Items of a job that failed, so that they can be named and tried again. Of those beyond the
-- first thousand name and reason are empty.
CREATE TABLE job_errors (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    item TEXT NOT NULL,                     -- for the program: id of a photo or an uploaded file
    name TEXT NOT NULL,                     -- for a person
    reason TEXT NOT NULL,
    PRIMARY KEY (job_id, item)
) STRICT, WITHOUT ROWID;

----------------------------------------------------------------------------------------
-- Uploads: files on their way from a browser, before they are imported
----------------------------------------------------------------------------------------

-- Files that somebody sends together, with what holds for all of them (archive/uploads).
CREATE TABLE uploads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    person_id INTEGER NOT NULL REFERENCES people (id),
    job_id INTEGER NOT NULL REFERENCES jobs (id),    -- which imports them
    options TEXT NOT NULL CHECK (json_valid(options)),
    created_at TEXT NOT NULL,
    closed_at TEXT                          -- NULL: more files may come
) STRICT;
CREATE INDEX uploads_by_person ON uploads (person_id, id);
CREATE INDEX uploads_by_job ON uploads (job_id);

-- One of the files. Its bytes are in incoming/<uuid> until its outcome is recorded here.
CREATE TABLE upload_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    upload_id INTEGER NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    key TEXT NOT NULL,                      -- the sender's own name for it: announced twice it is one file
    name TEXT NOT NULL,                     -- its path as the sender has it; never used as one
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    modified_ms INTEGER,                    -- when it was changed, as the sender says, since 1970
    synced INTEGER NOT NULL DEFAULT 0,      -- bytes that are on the disk for sure
    touched_at TEXT NOT NULL,               -- when bytes last came
    whole_at TEXT,                          -- when the last byte came; NULL: some are missing
    ended_at TEXT,                          -- when its outcome was known
    outcome TEXT CHECK (outcome IN ('imported', 'duplicate', 'refused', 'cancelled')),
    reason TEXT,                            -- of a refusal; what one should know of a photo
    photo_id INTEGER REFERENCES photos (id) ON DELETE SET NULL,     -- the new one, or the one of these bytes
    kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1)),  -- refused, its bytes still here to try again
    UNIQUE (upload_id, key)
) STRICT;
CREATE INDEX upload_files_by_photo ON upload_files (photo_id) WHERE photo_id IS NOT NULL;
CREATE INDEX upload_files_whole ON upload_files (upload_id, id) WHERE whole_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX upload_files_ended ON upload_files (upload_id, ended_at, id) WHERE ended_at IS NOT NULL;

----------------------------------------------------------------------------------------
-- Arrivals: files on their way from a program, each for one photo
----------------------------------------------------------------------------------------

-- A file that a program announced (archive/arrivals). Its bytes are in incoming/<uuid>, or
-- in segments in incoming/<uuid>.0 and so on, until a photo is made of it or a week is over.
CREATE TABLE arrivals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE CHECK (length(uuid) = 26),    -- a ULID, as clients of the API expect it
    person_id INTEGER NOT NULL REFERENCES people (id),
    name TEXT NOT NULL,                     -- for the photo, unless it gets another
    media_type TEXT NOT NULL,               -- as the program says; never believed
    bytes INTEGER CHECK (bytes > 0),        -- as it says; NULL: it does not
    -- [[bytes, SHA-256, MD5 or null], ...] as it says; NULL: in one piece
    segments TEXT CHECK (json_valid(segments)),
    created_at TEXT NOT NULL,
    used_at TEXT                            -- when a photo was made of it; NULL: none yet
) STRICT;
CREATE INDEX arrivals_by_person ON arrivals (person_id);
CREATE INDEX arrivals_by_age ON arrivals (created_at);

----------------------------------------------------------------------------------------
-- For each person: what is new for them. No part of the history, but for who subscribes
-- to new photos, which is a setting
----------------------------------------------------------------------------------------

-- Mentions that the person named has not read. Triggers add them; reading removes them.
CREATE TABLE unread_mentions (
    person_id INTEGER NOT NULL REFERENCES people (id),
    comment_id INTEGER NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    PRIMARY KEY (person_id, comment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unread_mentions_by_comment ON unread_mentions (comment_id);

CREATE TRIGGER mentions_are_unread AFTER INSERT ON mentions
WHEN NEW.person_id IS NOT (SELECT author_id FROM comments WHERE id = NEW.comment_id)
BEGIN INSERT INTO unread_mentions (person_id, comment_id) VALUES (NEW.person_id, NEW.comment_id); END;
CREATE TRIGGER mentions_are_no_more AFTER DELETE ON mentions
BEGIN DELETE FROM unread_mentions WHERE person_id = OLD.person_id AND comment_id = OLD.comment_id; END;

-- Days whose new photos a person has looked at.
CREATE TABLE read_days (
    person_id INTEGER NOT NULL REFERENCES people (id),
    day TEXT NOT NULL,                      -- of photos.uploaded_at, UTC
    until TEXT NOT NULL,                    -- photos that came later are new again
    PRIMARY KEY (person_id, day)
) STRICT, WITHOUT ROWID;

-- Photos that say they came earlier than one with a lower number did. For who sees none of
-- them numbers are in the order of uploads, by which programs ask for pages.
CREATE TABLE late_photos (
    photo_id INTEGER NOT NULL PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TRIGGER photos_came_late AFTER INSERT ON photos
WHEN NEW.uploaded_at < (SELECT uploaded_at FROM photos ORDER BY uploaded_at DESC LIMIT 1)
BEGIN INSERT INTO late_photos (photo_id) VALUES (NEW.id); END;
CREATE TRIGGER photos_came_at_another_time AFTER UPDATE OF uploaded_at ON photos
WHEN NEW.uploaded_at <> OLD.uploaded_at
BEGIN INSERT INTO late_photos (photo_id) VALUES (NEW.id) ON CONFLICT DO NOTHING; END;

-- How many photos came on each day, by whom, and who may see them.
CREATE TABLE added_counts (
    day TEXT NOT NULL,                      -- of photos.uploaded_at, UTC
    uploader_id INTEGER NOT NULL,           -- 0: unknown
    scope INTEGER NOT NULL,                 -- as photos.scope
    photos INTEGER NOT NULL,
    PRIMARY KEY (day, uploader_id, scope)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER photos_came AFTER INSERT ON photos
BEGIN
    INSERT INTO added_counts (day, uploader_id, scope, photos)
    VALUES (substr(NEW.uploaded_at, 1, 10), coalesce(NEW.uploader_id, 0), NEW.scope, 1)
    ON CONFLICT DO UPDATE SET photos = photos + 1;
END;
CREATE TRIGGER photos_came_otherwise AFTER UPDATE OF uploaded_at, uploader_id, private, recycled_at ON photos
BEGIN
    UPDATE added_counts SET photos = photos - 1 WHERE day = substr(OLD.uploaded_at, 1, 10)
        AND uploader_id = coalesce(OLD.uploader_id, 0) AND scope = OLD.scope;
    INSERT INTO added_counts (day, uploader_id, scope, photos)
    VALUES (substr(NEW.uploaded_at, 1, 10), coalesce(NEW.uploader_id, 0), NEW.scope, 1)
    ON CONFLICT DO UPDATE SET photos = photos + 1;
    DELETE FROM added_counts WHERE day = substr(OLD.uploaded_at, 1, 10)
        AND uploader_id = coalesce(OLD.uploader_id, 0) AND scope = OLD.scope AND photos = 0;
END;
CREATE TRIGGER photos_went AFTER DELETE ON photos
BEGIN
    UPDATE added_counts SET photos = photos - 1 WHERE day = substr(OLD.uploaded_at, 1, 10)
        AND uploader_id = coalesce(OLD.uploader_id, 0) AND scope = OLD.scope;
    DELETE FROM added_counts WHERE day = substr(OLD.uploaded_at, 1, 10)
        AND uploader_id = coalesce(OLD.uploader_id, 0) AND scope = OLD.scope AND photos = 0;
END;

----------------------------------------------------------------------------------------
-- Plans: what is laid on the map
----------------------------------------------------------------------------------------

-- Site plans, which are pictures, and maps of tiles that people have. Their files are
-- maps/<sha256>.<extension> and stay when a row goes, so that it can come back.
CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('image', 'pmtiles', 'mbtiles')),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    extension TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    media_type TEXT NOT NULL,               -- of the picture, or of the tiles
    width INTEGER,                          -- of a picture: pixels, upright
    height INTEGER,
    -- JSON, places as [latitude, longitude]: of a picture its top left, top right and bottom
    -- left (NULL: not placed yet); of tiles the south-western and north-eastern end
    corners TEXT CHECK (json_valid(corners)),
    min_zoom INTEGER,                       -- of tiles
    max_zoom INTEGER,
    opacity REAL NOT NULL DEFAULT 1 CHECK (opacity BETWEEN 0 AND 1),
    attribution TEXT NOT NULL DEFAULT '',   -- who made it, for the corner of the map
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    verified_at TEXT                        -- when its file was last hashed again
) STRICT;

----------------------------------------------------------------------------------------
-- Sync: what is known of the remote that this archive is linked with (docs/sync.md). All of
-- it is state, and no part of the history; but for decisions, which are people's. The link
-- itself is the setting 'remote'
----------------------------------------------------------------------------------------

-- A record as the sync knows it: its number there, how the remote last showed it, and what
-- both sides held when they last agreed. What it is here stands in its own table.
CREATE TABLE sync_records (
    id INTEGER PRIMARY KEY,                 -- the order in which they are looked at
    kind TEXT NOT NULL CHECK (kind IN ('trade', 'location', 'album', 'photo')),
    uuid TEXT NOT NULL UNIQUE,              -- of the record here, also where it is not here yet
    remote_id INTEGER,                      -- its number there; NULL: not known to be there
    -- as agreed: {"ours": {field: value}, "theirs": the same, only where it is another}
    base TEXT CHECK (json_valid(base)),     -- NULL: the sides never met
    agreed TEXT NOT NULL DEFAULT 'absent' CHECK (agreed IN (
        'absent', 'active', 'recycled', 'purged', 'hidden')),           -- the life in base
    worded INTEGER NOT NULL DEFAULT 0 CHECK (worded IN (0, 1)),         -- base has a description
    -- as shown: {"fields": {field: value, records as numbers there}, "extra": {}, "name": ""}
    seen TEXT CHECK (json_valid(seen)),     -- NULL: never shown
    life TEXT NOT NULL DEFAULT 'absent' CHECK (life IN (
        'absent', 'active', 'recycled', 'purged', 'hidden')),           -- there
    created INTEGER NOT NULL DEFAULT 0,     -- there, seconds since 1970; 0: not known
    updated INTEGER NOT NULL DEFAULT 0,
    album_there INTEGER,                    -- in which it lies there: numbers of the remote
    location_there INTEGER,                 -- of a location: the one above it
    pending INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1)),       -- something may be to be done
    touched INTEGER NOT NULL DEFAULT 0 CHECK (touched IN (0, 1)),       -- here, since base, in what is not exchanged
    -- of a record that is not here: 1 it was ended here, 2 somebody wants it again
    ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1, 2)),
    -- a photo here: 1 its bytes, 2 and a thumbnail; 3 only its pictures, which are made later
    lacks INTEGER NOT NULL DEFAULT 0 CHECK (lacks IN (0, 1, 2, 3))
) STRICT;
CREATE UNIQUE INDEX sync_records_by_number ON sync_records (kind, remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX sync_records_pending ON sync_records (kind, id) WHERE pending = 1;
CREATE INDEX sync_records_lacking ON sync_records (lacks, id) WHERE lacks > 0;
CREATE INDEX sync_records_there ON sync_records (life, created, remote_id)
    WHERE kind = 'photo' AND remote_id IS NOT NULL;
CREATE INDEX sync_records_by_album ON sync_records (album_there)
    WHERE album_there IS NOT NULL AND life = 'active';
CREATE INDEX sync_records_by_location ON sync_records (location_there)
    WHERE location_there IS NOT NULL AND life = 'active';

-- How many photos stand how there, as agreed and by when they were made there.
CREATE TABLE sync_counts (
    life TEXT NOT NULL,                     -- as in sync_records; agreed, worded likewise
    period INTEGER NOT NULL,                -- created >> 14: four and a half hours
    agreed TEXT NOT NULL,
    worded INTEGER NOT NULL,
    photos INTEGER NOT NULL,
    PRIMARY KEY (life, period, agreed, worded)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER sync_records_counted AFTER INSERT ON sync_records WHEN NEW.kind = 'photo'
BEGIN
    INSERT INTO sync_counts (life, period, agreed, worded, photos)
    VALUES (NEW.life, NEW.created >> 14, NEW.agreed, NEW.worded, 1)
    ON CONFLICT DO UPDATE SET photos = photos + 1;
END;
CREATE TRIGGER sync_records_recounted AFTER UPDATE OF life, created, agreed, worded ON sync_records
WHEN NEW.kind = 'photo' AND (OLD.life <> NEW.life OR OLD.created <> NEW.created
    OR OLD.agreed <> NEW.agreed OR OLD.worded <> NEW.worded)
BEGIN
    UPDATE sync_counts SET photos = photos - 1 WHERE life = OLD.life
        AND period = OLD.created >> 14 AND agreed = OLD.agreed AND worded = OLD.worded;
    INSERT INTO sync_counts (life, period, agreed, worded, photos)
    VALUES (NEW.life, NEW.created >> 14, NEW.agreed, NEW.worded, 1)
    ON CONFLICT DO UPDATE SET photos = photos + 1;
    DELETE FROM sync_counts WHERE life = OLD.life AND period = OLD.created >> 14
        AND agreed = OLD.agreed AND worded = OLD.worded AND photos = 0;
END;
CREATE TRIGGER sync_records_uncounted AFTER DELETE ON sync_records WHEN OLD.kind = 'photo'
BEGIN
    UPDATE sync_counts SET photos = photos - 1 WHERE life = OLD.life
        AND period = OLD.created >> 14 AND agreed = OLD.agreed AND worded = OLD.worded;
    DELETE FROM sync_counts WHERE life = OLD.life AND period = OLD.created >> 14
        AND agreed = OLD.agreed AND worded = OLD.worded AND photos = 0;
END;

CREATE TRIGGER photos_get_their_bytes AFTER UPDATE OF original_id ON photos
WHEN (NEW.original_id IS NULL) <> (OLD.original_id IS NULL)
BEGIN
    UPDATE sync_records SET lacks = iif(NEW.original_id IS NULL, 2, 0) WHERE uuid = NEW.uuid;
    DELETE FROM sync_troubles WHERE uuid = NEW.uuid AND about = 'bytes';
END;

-- Writes to the remote that are under way: written down before they are sent.
CREATE TABLE sync_intents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,              -- of the record: one at a time
    act TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('uploading', 'sent')),
    sent TEXT NOT NULL CHECK (json_valid(sent)),        -- {"fields", "ours", "before"}
    upload TEXT NOT NULL CHECK (json_valid(upload)),    -- what the API said of the upload of its bytes
    sent_at INTEGER NOT NULL,               -- by the remote's clock, seconds since 1970; 0: not known
    unknown_since INTEGER                   -- likewise; NULL: the answer is awaited
) STRICT;

-- Records that are set aside, as something went wrong with them; the bytes of a photo by
-- themselves, so that one whose file does not come is exchanged all the same.
CREATE TABLE sync_troubles (
    uuid TEXT NOT NULL,
    about TEXT NOT NULL CHECK (about IN ('record', 'bytes')),
    kind TEXT NOT NULL,
    act TEXT NOT NULL,
    why TEXT NOT NULL,                      -- for a person
    status INTEGER NOT NULL,                -- of the answer; 0: none
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,               -- not again before, by the remote's clock
    held INTEGER NOT NULL DEFAULT 1 CHECK (held IN (0, 1)), -- 0: it is tried again
    PRIMARY KEY (uuid, about)
) STRICT, WITHOUT ROWID;

-- Two values of which neither was seen by who wrote the other, as they are shown to people.
CREATE TABLE sync_conflicts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,                      -- of these two values: 16 hex digits, the same on every laptop
    kind TEXT NOT NULL,
    uuid TEXT NOT NULL,                     -- of the record
    field TEXT NOT NULL,                    -- '': the record as a whole
    why TEXT NOT NULL,
    base TEXT CHECK (json_valid(base)),     -- values as JSON; what they refer to by uuid
    ours TEXT CHECK (json_valid(ours)),
    theirs TEXT CHECK (json_valid(theirs)),
    ours_who TEXT NOT NULL DEFAULT '',      -- as far as it is known
    ours_at TEXT NOT NULL DEFAULT '',
    theirs_who TEXT NOT NULL DEFAULT '',
    theirs_at TEXT NOT NULL DEFAULT '',
    opened_at TEXT NOT NULL,
    closed_at TEXT,                         -- NULL: open
    decision_id INTEGER REFERENCES sync_decisions (id) ON DELETE SET NULL,  -- that closed it; NULL: it is none any more
    failure TEXT NOT NULL DEFAULT '',       -- why that could not be carried out
    peer INTEGER NOT NULL DEFAULT 0 CHECK (peer IN (0, 1))  -- 1: theirs is another laptop's (exchange)
) STRICT;
CREATE UNIQUE INDEX sync_conflicts_open ON sync_conflicts (uuid, key) WHERE closed_at IS NULL;
CREATE INDEX sync_conflicts_by_key ON sync_conflicts (key);
CREATE INDEX sync_conflicts_by_decision ON sync_conflicts (decision_id) WHERE decision_id IS NOT NULL;

-- What people decided about conflicts: the newest of a conflict is carried out by the next run.
CREATE TABLE sync_decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conflict_id INTEGER NOT NULL REFERENCES sync_conflicts (id),
    choice TEXT NOT NULL CHECK (choice IN ('local', 'remote', 'other')),
    other TEXT,                             -- the third value; NULL: none
    person_id INTEGER NOT NULL REFERENCES people (id),
    decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX sync_decisions_by_conflict ON sync_decisions (conflict_id, id);
CREATE INDEX sync_decisions_by_person ON sync_decisions (person_id);

-- Runs of the sync, and what came of them.
CREATE TABLE sync_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,              -- the run of the batches that it writes
    started_at TEXT NOT NULL,
    finished_at TEXT,                       -- NULL: running, or cut off
    outcome TEXT NOT NULL DEFAULT '',
    stage TEXT NOT NULL DEFAULT '',         -- how far it is: a key, and a count
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER,
    heard_at TEXT,                          -- when it last said so
    report TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(report))
) STRICT;

-- What the sync remembers from run to run: cursors, what the remote can do.
CREATE TABLE sync_memory (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

----------------------------------------------------------------------------------------
-- Exchange: what is known of other laptops that hold the same archive (docs/exchange.md).
-- State, and no part of the history
----------------------------------------------------------------------------------------

-- Where this archive has lain, which is what tells one copy of it from another. A copied
-- folder is another site from its first change on (archive/sites.py).
CREATE TABLE exchange_sites (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL UNIQUE,              -- uuid
    place TEXT NOT NULL,                    -- SHA-256 of computer, disk and file
    since INTEGER NOT NULL                  -- batches above this number were made there
) STRICT;

-- What each value of a record has seen (sync/stamps.py): its number at each site.
CREATE TABLE exchange_records (
    uuid TEXT NOT NULL PRIMARY KEY,         -- also of records that are no more
    kind TEXT NOT NULL
        CHECK (kind IN ('trade', 'location', 'album', 'photo', 'comment', 'markup')),
    -- field: {"v": {site: number}, "r": [seconds, [hashes]], "f": seconds, "w": who, "a": when};
    -- "" is the record as a whole, "*" each field that is not named
    stamps TEXT NOT NULL CHECK (json_valid(stamps)),
    changed INTEGER NOT NULL,               -- exchange_state.clock when that was last changed
    came INTEGER NOT NULL DEFAULT 0,        -- likewise when its file was here first
    -- of one that is as another site told it: the site, and the number of its bundle
    told_by TEXT NOT NULL DEFAULT '',
    told_seq INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL DEFAULT ''         -- the site where it was made; '': here, or not known
) STRICT, WITHOUT ROWID;
CREATE INDEX exchange_records_changed ON exchange_records (changed);
CREATE INDEX exchange_records_by_origin ON exchange_records (origin) WHERE origin <> '';

-- Others' versions of which something is not here: somebody has to decide, or it refers to
-- what is not here yet. Word for word as they told them.
CREATE TABLE exchange_held (
    uuid TEXT NOT NULL,
    digest TEXT NOT NULL,                   -- of record
    record TEXT NOT NULL CHECK (json_valid(record)),
    why TEXT NOT NULL,                      -- for a person; '': a conflict says it
    changed INTEGER NOT NULL,
    PRIMARY KEY (uuid, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX exchange_held_changed ON exchange_held (changed);

-- Albums, locations and trades that were made twice, and are one: the other's uuid.
CREATE TABLE exchange_aliases (
    uuid TEXT NOT NULL PRIMARY KEY,
    same_as TEXT NOT NULL                   -- of the one here
) STRICT, WITHOUT ROWID;
CREATE INDEX exchange_aliases_of ON exchange_aliases (same_as);

-- Other sites: how far what they told is known here, and what they said they took in.
CREATE TABLE exchange_peers (
    site TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,                     -- of the archive there, for people
    seen INTEGER NOT NULL DEFAULT 0,        -- number of its last bundle that is here wholly
    acknowledged INTEGER NOT NULL DEFAULT 0,    -- of ours that is there
    heard_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- clock: counts what an exchange did; noticed: the last batch that was looked at.
CREATE TABLE exchange_state (
    key TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

----------------------------------------------------------------------------------------
-- Search index
----------------------------------------------------------------------------------------

-- The words of each photo, and refs: one token for each thing it belongs to and each mark
-- it bears, so that words and filters are met in one index. Each token begins with
-- ǂzzzzzzzzz, ten letters with which nothing begins that people type: photos_fts has one
-- list of beginnings for all columns, and "d2*" would go through every day's token.
--   a<album> l<location and each above it> t<trade> u<uploader> k<camera>
--   y2026 m202605 d20260511 (of sorted_at)   um202605 ud20260511 (of uploaded_at, UTC)
--   lm202605 ld20260511 (of log_date)   s0 everyone, sp<uploader> private, sbin in the bin
--   nodate nogps noloc notrade (nothing known)
--   desc comm mark (it has a description, comments, markups)
--   star   v360 vunknown (projection)   xjpg (extension) fraw fvideo fnone (no bytes here)
--   damaged
-- and, without those ten letters, twelve runes for its place on the map: one for its cell at
-- each level (map_counts), so that a word's beginnings are the cells around a place.
-- Where either the mark or its absence could be the token, it is the rarer of the two.
CREATE VIEW photo_words AS
SELECT p.id AS id,
    p.filename AS filename,
    p.description AS description,
    (SELECT group_concat(body, char(10))
        FROM (SELECT body FROM (SELECT body FROM comments c WHERE c.photo_id = p.id ORDER BY c.id)
            UNION ALL SELECT text FROM (SELECT text FROM markups m
                WHERE m.photo_id = p.id AND m.text <> '' ORDER BY m.id))) AS comments,
    (SELECT a.name FROM albums a WHERE a.id = p.album_id) AS album,
    (SELECT group_concat(name, ' > ')
        FROM (SELECT l.name FROM location_tree t JOIN locations l ON l.id = t.ancestor_id
            WHERE t.descendant_id = p.location_id ORDER BY t.depth DESC)) AS location,
    (SELECT group_concat(name, ', ')
        FROM (SELECT r.name FROM photo_trades x JOIN trades r ON r.id = x.trade_id
            WHERE x.photo_id = p.id ORDER BY r.id)) AS trades,
    (SELECT name FROM people u WHERE u.id = p.uploader_id) AS uploader,
    'ǂzzzzzzzzz' || replace('a' || p.album_id
        || coalesce((SELECT group_concat(' l' || t.ancestor_id, '')
            FROM location_tree t WHERE t.descendant_id = p.location_id), '')
        || coalesce((SELECT group_concat(' t' || x.trade_id, '')
            FROM photo_trades x WHERE x.photo_id = p.id), '')
        || coalesce(' u' || p.uploader_id, '')
        || coalesce(' k' || p.camera_id, '')
        || ' y' || substr(p.sorted_at, 1, 4)
        || ' m' || replace(substr(p.sorted_at, 1, 7), '-', '')
        || ' d' || replace(substr(p.sorted_at, 1, 10), '-', '')
        || ' um' || replace(substr(p.uploaded_at, 1, 7), '-', '')
        || ' ud' || replace(substr(p.uploaded_at, 1, 10), '-', '')
        || coalesce(' lm' || replace(substr(p.log_date, 1, 7), '-', '')
            || ' ld' || replace(substr(p.log_date, 1, 10), '-', ''), '')
        || CASE p.scope WHEN 0 THEN ' s0' WHEN -1 THEN ' sbin' WHEN -2 THEN ' sp0'
            ELSE ' sp' || p.scope END
        || iif(p.taken_at IS NULL, ' nodate', '') || iif(p.latitude IS NULL, ' nogps', '')
        || iif(p.location_id IS NULL, ' noloc', '')
        || iif(EXISTS (SELECT 1 FROM photo_trades x WHERE x.photo_id = p.id), '', ' notrade')
        || iif(p.description = '', '', ' desc')
        || iif(EXISTS (SELECT 1 FROM comments c WHERE c.photo_id = p.id), ' comm', '')
        || iif(EXISTS (SELECT 1 FROM markups m WHERE m.photo_id = p.id), ' mark', '')
        || iif(p.starred = 1, ' star', '')
        || iif(p.projection = 'regular', '', ' v' || p.projection)
        || coalesce((SELECT ' x' || o.extension || iif(o.kind = 'image', '', ' f' || o.kind)
                || iif(o.damage IS NULL, '', ' damaged')
            FROM originals o WHERE o.id = p.original_id), ' fnone'),
        ' ', ' ǂzzzzzzzzz')
        || iif(p.map_x IS NULL, '', ' ' || char(
            5792 + (p.map_y >> 22) * 4 + (p.map_x >> 22),
            5792 + (p.map_y >> 20 & 3) * 4 + (p.map_x >> 20 & 3),
            5792 + (p.map_y >> 18 & 3) * 4 + (p.map_x >> 18 & 3),
            5792 + (p.map_y >> 16 & 3) * 4 + (p.map_x >> 16 & 3),
            5792 + (p.map_y >> 14 & 3) * 4 + (p.map_x >> 14 & 3),
            5792 + (p.map_y >> 12 & 3) * 4 + (p.map_x >> 12 & 3),
            5792 + (p.map_y >> 10 & 3) * 4 + (p.map_x >> 10 & 3),
            5792 + (p.map_y >> 8 & 3) * 4 + (p.map_x >> 8 & 3),
            5792 + (p.map_y >> 6 & 3) * 4 + (p.map_x >> 6 & 3),
            5792 + (p.map_y >> 4 & 3) * 4 + (p.map_x >> 4 & 3),
            5792 + (p.map_y >> 2 & 3) * 4 + (p.map_x >> 2 & 3),
            5792 + (p.map_y & 3) * 4 + (p.map_x & 3))) AS refs,
    p.scope AS scope
FROM photos p;

-- The index over those words; it keeps no copy of them. Beginnings of up to ten letters
-- have lists of their own: else every photo of every word that begins so would be
-- collected before the first is known.
CREATE VIRTUAL TABLE photos_fts USING fts5 (
    filename, description, comments, album, location, trades, uploader, refs, scope UNINDEXED,
    content = "photo_words", content_rowid = "id",
    tokenize = "porter unicode61 remove_diacritics 2", prefix = "1 2 3 4 5 6 7 8 9 10"
);

-- Writing to this view keeps the search index: DELETE before a photo's words change,
-- INSERT after. (An index over other tables' content must be told the old words.)
CREATE VIEW photo_index AS SELECT id FROM photos;
CREATE TRIGGER photo_index_remove INSTEAD OF DELETE ON photo_index
BEGIN
    INSERT INTO photos_fts (photos_fts, rowid, filename, description, comments, album,
        location, trades, uploader, refs, scope)
    SELECT 'delete', id, filename, description, comments, album,
        location, trades, uploader, refs, scope FROM photo_words WHERE id = OLD.id;
    INSERT INTO block_changes (block, scope, changes)
    SELECT id >> 11, scope, 1 FROM photos WHERE id = OLD.id
    ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER photo_index_add INSTEAD OF INSERT ON photo_index
BEGIN
    INSERT INTO photos_fts (rowid, filename, description, comments, album,
        location, trades, uploader, refs, scope)
    SELECT id, filename, description, comments, album,
        location, trades, uploader, refs, scope FROM photo_words WHERE id = NEW.id;
    INSERT INTO block_changes (block, scope, changes)
    SELECT id >> 11, scope, 1 FROM photos WHERE id = NEW.id
    ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

-- How often the words of photos, what they are looked for by or their time of change was
-- another, by blocks of 2,048 numbers and who may see them: what a program knows of a block
-- holds for as long as this stays as it is.
CREATE TABLE block_changes (
    block INTEGER NOT NULL,                 -- photos.id >> 11
    scope INTEGER NOT NULL,                 -- as photos.scope; of before and after each change
    changes INTEGER NOT NULL,
    PRIMARY KEY (block, scope)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER photos_are_new AFTER INSERT ON photos
BEGIN
    INSERT INTO block_changes (block, scope, changes) VALUES (NEW.id >> 11, NEW.scope, 1)
    ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER photos_touched AFTER UPDATE OF updated_at ON photos
WHEN NEW.updated_at <> OLD.updated_at
BEGIN
    INSERT INTO block_changes (block, scope, changes) VALUES (NEW.id >> 11, NEW.scope, 1)
    ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

----------------------------------------------------------------------------------------
-- Counters
----------------------------------------------------------------------------------------

-- The counters each photo belongs to: one row for every dimension and value, at the
-- whole project (location 0) and at each location it lies in or below.
-- Dimensions: all (value 0), album, trade, camera (0: unknown), month ('2026-05';
-- '2026-05-undated' by the import, where no date is known), block (photos by their number,
-- 2,048 to a block: so that the page with a number is found among very many); and of the
-- whole project only 'album block', 'trade block' and 'uploader block': the album's,
-- trade's or person's id * 2^32 + block.
-- (Plain SELECTs: only through these does SQLite look up one photo by its id.)
CREATE VIEW photo_facets AS
SELECT p.id AS photo_id, 'all' AS dimension, 0 AS location_id, p.scope AS scope, 0 AS value
    FROM photos p
UNION ALL SELECT p.id, 'all', l.ancestor_id, p.scope, 0 FROM photos p
    JOIN location_tree l ON l.descendant_id = p.location_id
UNION ALL SELECT p.id, 'album', 0, p.scope, p.album_id FROM photos p
UNION ALL SELECT p.id, 'album', l.ancestor_id, p.scope, p.album_id FROM photos p
    JOIN location_tree l ON l.descendant_id = p.location_id
UNION ALL SELECT p.id, 'camera', 0, p.scope, coalesce(p.camera_id, 0) FROM photos p
UNION ALL SELECT p.id, 'camera', l.ancestor_id, p.scope, coalesce(p.camera_id, 0) FROM photos p
    JOIN location_tree l ON l.descendant_id = p.location_id
UNION ALL SELECT p.id, 'month', 0, p.scope, substr(p.sorted_at, 1, 7) || iif(p.taken_at IS NULL, '-undated', '') FROM photos p
UNION ALL SELECT p.id, 'month', l.ancestor_id, p.scope, substr(p.sorted_at, 1, 7) || iif(p.taken_at IS NULL, '-undated', '') FROM photos p
    JOIN location_tree l ON l.descendant_id = p.location_id
UNION ALL SELECT p.id, 'block', 0, p.scope, p.id >> 11 FROM photos p
UNION ALL SELECT p.id, 'block', l.ancestor_id, p.scope, p.id >> 11 FROM photos p
    JOIN location_tree l ON l.descendant_id = p.location_id
UNION ALL SELECT p.id, 'album block', 0, p.scope, (p.album_id << 32) + (p.id >> 11) FROM photos p
UNION ALL SELECT p.id, 'trade block', 0, p.scope, (x.trade_id << 32) + (p.id >> 11) FROM photos p
    JOIN photo_trades x ON x.photo_id = p.id
UNION ALL SELECT p.id, 'uploader block', 0, p.scope, (p.uploader_id << 32) + (p.id >> 11) FROM photos p
    WHERE p.uploader_id IS NOT NULL
UNION ALL SELECT p.id, 'trade', 0, p.scope, x.trade_id FROM photos p JOIN photo_trades x ON x.photo_id = p.id
UNION ALL SELECT p.id, 'trade', l.ancestor_id, p.scope, x.trade_id FROM photos p JOIN photo_trades x ON x.photo_id = p.id
    JOIN location_tree l ON l.descendant_id = p.location_id;

-- How many photos: by dimension and value, at every place of the tree, by who may see them.
CREATE TABLE facet_counts (
    dimension TEXT NOT NULL,
    location_id INTEGER NOT NULL,           -- 0: whole project
    value ANY NOT NULL,
    scope INTEGER NOT NULL,                 -- as photos.scope
    photos INTEGER NOT NULL,
    PRIMARY KEY (dimension, location_id, value, scope)
) STRICT, WITHOUT ROWID;

-- Holds nothing for longer than a statement: finds the counters that reached zero.
CREATE INDEX facet_counts_empty ON facet_counts (photos) WHERE photos = 0;

-- Writing to this view keeps the counters, in the same way as photo_index.
CREATE VIEW photo_counts AS SELECT id FROM photos;
CREATE TRIGGER photo_counts_remove INSTEAD OF DELETE ON photo_counts
BEGIN
    INSERT INTO facet_counts (dimension, location_id, value, scope, photos)
    SELECT dimension, location_id, value, scope, -1 FROM photo_facets WHERE photo_id = OLD.id
    ON CONFLICT DO UPDATE SET photos = photos - 1;
    DELETE FROM facet_counts WHERE photos = 0;
END;
CREATE TRIGGER photo_counts_add INSTEAD OF INSERT ON photo_counts
BEGIN
    INSERT INTO facet_counts (dimension, location_id, value, scope, photos)
    SELECT dimension, location_id, value, scope, 1 FROM photo_facets WHERE photo_id = NEW.id
    ON CONFLICT DO UPDATE SET photos = photos + 1;
END;

----------------------------------------------------------------------------------------
-- Timeline: photos and the room they take, day by day
----------------------------------------------------------------------------------------

-- The days that each photo belongs to: one row for the whole project, its album, each
-- location it lies in or below, and each trade; and its hour, of the whole project.
-- width: of its tile at a height of 1000.
CREATE VIEW photo_days AS
SELECT p.id AS photo_id, 'all' AS kind, 0 AS ref, substr(p.sorted_at, 1, 10) AS day,
    p.taken_at IS NOT NULL AS dated, p.scope AS scope,
    coalesce(iif(p.rotation % 180 = 0, o.aspect, o.aspect_turned), 1333) AS width
    FROM photos p LEFT JOIN originals o ON o.id = p.original_id
UNION ALL SELECT p.id, 'hour', 0, substr(p.sorted_at, 1, 13),
    p.taken_at IS NOT NULL, p.scope,
    coalesce(iif(p.rotation % 180 = 0, o.aspect, o.aspect_turned), 1333)
    FROM photos p LEFT JOIN originals o ON o.id = p.original_id
UNION ALL SELECT p.id, 'album', p.album_id, substr(p.sorted_at, 1, 10),
    p.taken_at IS NOT NULL, p.scope,
    coalesce(iif(p.rotation % 180 = 0, o.aspect, o.aspect_turned), 1333)
    FROM photos p LEFT JOIN originals o ON o.id = p.original_id
UNION ALL SELECT p.id, 'location', l.ancestor_id, substr(p.sorted_at, 1, 10),
    p.taken_at IS NOT NULL, p.scope,
    coalesce(iif(p.rotation % 180 = 0, o.aspect, o.aspect_turned), 1333)
    FROM photos p JOIN location_tree l ON l.descendant_id = p.location_id
    LEFT JOIN originals o ON o.id = p.original_id
UNION ALL SELECT p.id, 'trade', x.trade_id, substr(p.sorted_at, 1, 10),
    p.taken_at IS NOT NULL, p.scope,
    coalesce(iif(p.rotation % 180 = 0, o.aspect, o.aspect_turned), 1333)
    FROM photos p JOIN photo_trades x ON x.photo_id = p.id
    LEFT JOIN originals o ON o.id = p.original_id;

-- How many photos a day has and how wide their tiles are, so that a timeline is laid out
-- before any of them is read; and an hour, so that a place within a day of very many
-- photos is found without going through these.
CREATE TABLE day_counts (
    kind TEXT NOT NULL,                     -- all, hour, album, location (and all below it), trade
    ref INTEGER NOT NULL,                   -- id of album, location or trade; all, hour: 0
    day TEXT NOT NULL,                      -- of sorted_at; hour: with the hour, 2026-05-11T07
    dated INTEGER NOT NULL,                 -- 0: their dates are not known, it is the day of import
    scope INTEGER NOT NULL,                 -- as photos.scope
    photos INTEGER NOT NULL,
    width INTEGER NOT NULL,
    PRIMARY KEY (kind, ref, day, dated, scope)
) STRICT, WITHOUT ROWID;

-- Holds nothing for longer than a statement, as facet_counts_empty.
CREATE INDEX day_counts_empty ON day_counts (photos) WHERE photos = 0;

-- Writing to this view keeps day_counts, in the same way as photo_index.
CREATE VIEW photo_day_counts AS SELECT id FROM photos;
CREATE TRIGGER photo_day_counts_remove INSTEAD OF DELETE ON photo_day_counts
BEGIN
    INSERT INTO day_counts (kind, ref, day, dated, scope, photos, width)
    SELECT kind, ref, day, dated, scope, -1, -width FROM photo_days WHERE photo_id = OLD.id
    ON CONFLICT DO UPDATE SET photos = photos - 1, width = width + excluded.width;
    DELETE FROM day_counts WHERE photos = 0;
END;
CREATE TRIGGER photo_day_counts_add INSTEAD OF INSERT ON photo_day_counts
BEGIN
    INSERT INTO day_counts (kind, ref, day, dated, scope, photos, width)
    SELECT kind, ref, day, dated, scope, 1, width FROM photo_days WHERE photo_id = NEW.id
    ON CONFLICT DO UPDATE SET photos = photos + 1, width = width + excluded.width;
END;

-- What the tile of each photo shows in a timeline.
CREATE VIEW photo_tiles AS
SELECT p.sorted_at AS sorted_at, p.id AS photo_id, p.scope AS scope,
    p.taken_at IS NOT NULL AS dated,
    coalesce(iif(p.rotation % 180 = 0, o.aspect, o.aspect_turned), 1333) AS width,
    substr(o.sha256, 1, 12) AS digits, p.rotation AS rotation,
    substr(iif(p.description <> '', p.description, p.filename), 1, 161) AS words,
    p.location_id AS location_id, p.private AS private, p.starred AS starred,
    p.projection AS projection, o.kind AS kind, o.damage AS damage,
    p.recycled_at AS recycled_at,
    coalesce(p.taken_at > strftime('%Y-%m-%dT%H:%M:%S', p.uploaded_at, '+1 day'), 0) AS ahead
FROM photos p LEFT JOIN originals o ON o.id = p.original_id;

-- The same, kept in the order of time: a screen of tiles is a few pages of the file side by
-- side. Photos and originals stand in the order in which they came, so that of a million
-- the same screen were 250 pages all over the file.
CREATE TABLE tiles (
    sorted_at TEXT NOT NULL,
    photo_id INTEGER NOT NULL,
    scope INTEGER NOT NULL,                 -- as photos.scope
    dated INTEGER NOT NULL,                 -- 0: its date is not known, sorted_at is the import's
    width INTEGER NOT NULL,                 -- at a height of 1000
    digits TEXT,                            -- the first of the original's SHA-256; NULL: no bytes here
    rotation INTEGER NOT NULL,
    words TEXT NOT NULL,                    -- the beginning of its description, or its filename
    location_id INTEGER,
    private INTEGER NOT NULL,
    starred INTEGER NOT NULL,
    projection TEXT NOT NULL,
    kind TEXT,
    damage TEXT,
    recycled_at TEXT,
    ahead INTEGER NOT NULL,                 -- 1: its date lies over a day after it was uploaded
    PRIMARY KEY (sorted_at, photo_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tiles_added AFTER INSERT ON photos WHEN NOT EXISTS (SELECT 1 FROM unindexed)
BEGIN INSERT INTO tiles SELECT * FROM photo_tiles WHERE photo_id = NEW.id; END;
CREATE TRIGGER tiles_removed AFTER DELETE ON photos
BEGIN DELETE FROM tiles WHERE sorted_at = OLD.sorted_at AND photo_id = OLD.id; END;
CREATE TRIGGER tiles_changed AFTER UPDATE OF original_id, filename, description, location_id,
    uploader_id, private, starred, taken_at, assumed_at, projection, rotation, uploaded_at,
    recycled_at ON photos
BEGIN
    DELETE FROM tiles WHERE sorted_at = OLD.sorted_at AND photo_id = OLD.id;
    INSERT INTO tiles SELECT * FROM photo_tiles WHERE photo_id = NEW.id;
END;
CREATE TRIGGER tiles_redrawn AFTER UPDATE OF kind, damage, width, height, turned ON originals
BEGIN
    DELETE FROM tiles WHERE (sorted_at, photo_id) IN (
        SELECT sorted_at, id FROM photos WHERE original_id = NEW.id);
    INSERT INTO tiles SELECT * FROM photo_tiles WHERE photo_id IN (
        SELECT id FROM photos WHERE original_id = NEW.id);
END;

----------------------------------------------------------------------------------------
-- Map counters
----------------------------------------------------------------------------------------

-- Levels of the map's cells: at level n the world is 4^n columns and 4^n rows of them.
CREATE VIEW map_levels (level) AS
VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12);

-- The cells that each photo with a place lies in, with that place in 1e-7 degrees.
CREATE VIEW photo_cells AS
SELECT p.id AS photo_id, l.level AS level,
    p.map_x >> 24 - 2 * l.level AS x, p.map_y >> 24 - 2 * l.level AS y, p.scope AS scope,
    CAST(round(p.latitude * 1e7) AS INTEGER) AS latitude,
    CAST(round(p.longitude * 1e7) AS INTEGER) AS longitude
FROM photos p CROSS JOIN map_levels l WHERE p.latitude IS NOT NULL;

-- How many photos lie in each cell of the map, by who may see them, and the sums of their
-- places: whole numbers, so that taking a photo out leaves exactly what was before it.
CREATE TABLE map_counts (
    level INTEGER NOT NULL,                 -- 1 (90 degrees wide) to 12 (2 m)
    x INTEGER NOT NULL,                     -- from the west
    y INTEGER NOT NULL,                     -- from the south
    scope INTEGER NOT NULL,                 -- as photos.scope
    photos INTEGER NOT NULL,
    latitudes INTEGER NOT NULL,             -- sum, in 1e-7 degrees
    longitudes INTEGER NOT NULL,
    PRIMARY KEY (level, x, y, scope)
) STRICT, WITHOUT ROWID;

-- As facet_counts_empty.
CREATE INDEX map_counts_empty ON map_counts (photos) WHERE photos = 0;

-- Writing to this view keeps the counters of the map, in the same way as photo_index.
CREATE VIEW photo_map AS SELECT id FROM photos;
CREATE TRIGGER photo_map_remove INSTEAD OF DELETE ON photo_map
BEGIN
    INSERT INTO map_counts (level, x, y, scope, photos, latitudes, longitudes)
    SELECT level, x, y, scope, -1, -latitude, -longitude FROM photo_cells WHERE photo_id = OLD.id
    ON CONFLICT DO UPDATE SET photos = photos - 1, latitudes = latitudes + excluded.latitudes,
        longitudes = longitudes + excluded.longitudes;
    DELETE FROM map_counts WHERE photos = 0;
END;
CREATE TRIGGER photo_map_add INSTEAD OF INSERT ON photo_map
BEGIN
    INSERT INTO map_counts (level, x, y, scope, photos, latitudes, longitudes)
    SELECT level, x, y, scope, 1, latitude, longitude FROM photo_cells WHERE photo_id = NEW.id
    ON CONFLICT DO UPDATE SET photos = photos + 1, latitudes = latitudes + excluded.latitudes,
        longitudes = longitudes + excluded.longitudes;
END;

CREATE TRIGGER photos_put_on_map AFTER INSERT ON photos
WHEN NEW.latitude IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unindexed)
BEGIN INSERT INTO photo_map (id) VALUES (NEW.id); END;
CREATE TRIGGER photos_taken_off_map BEFORE DELETE ON photos WHEN OLD.latitude IS NOT NULL
BEGIN DELETE FROM photo_map WHERE id = OLD.id; END;
CREATE TRIGGER photos_moving_on_map BEFORE UPDATE OF latitude, longitude, uploader_id, private,
    recycled_at ON photos WHEN OLD.latitude IS NOT NULL
BEGIN DELETE FROM photo_map WHERE id = OLD.id; END;
CREATE TRIGGER photos_moved_on_map AFTER UPDATE OF latitude, longitude, uploader_id, private,
    recycled_at ON photos WHEN NEW.latitude IS NOT NULL
BEGIN INSERT INTO photo_map (id) VALUES (NEW.id); END;

----------------------------------------------------------------------------------------
-- Triggers that keep index and counters. BEFORE takes the old state out, AFTER puts the
-- new one in; several tables feed one photo, so each names the photos it touches.
----------------------------------------------------------------------------------------

-- While one transaction makes many photos: from this number on they are put into index and
-- counters together, at its end (archive/indexing.py). Empty between transactions.
CREATE TABLE unindexed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    since INTEGER NOT NULL
) STRICT;

CREATE TRIGGER photos_added AFTER INSERT ON photos WHEN NOT EXISTS (SELECT 1 FROM unindexed)
BEGIN
    INSERT INTO photo_index (id) VALUES (NEW.id);
    INSERT INTO photo_counts (id) VALUES (NEW.id);
    INSERT INTO photo_day_counts (id) VALUES (NEW.id);
END;
CREATE TRIGGER photos_removing BEFORE DELETE ON photos
BEGIN
    -- here rather than by cascade: their own triggers must see the photo, and record them
    DELETE FROM comments WHERE photo_id = OLD.id;
    DELETE FROM markups WHERE photo_id = OLD.id;
    DELETE FROM photo_trades WHERE photo_id = OLD.id;
    DELETE FROM photo_index WHERE id = OLD.id;
    DELETE FROM photo_counts WHERE id = OLD.id;
    DELETE FROM photo_day_counts WHERE id = OLD.id;
END;
CREATE TRIGGER photos_rewording BEFORE UPDATE OF original_id, filename, description, album_id,
    location_id, uploader_id, private, starred, taken_at, assumed_at, log_date, latitude,
    longitude, projection, camera_id, uploaded_at, recycled_at ON photos
BEGIN DELETE FROM photo_index WHERE id = OLD.id; END;
CREATE TRIGGER photos_reworded AFTER UPDATE OF original_id, filename, description, album_id,
    location_id, uploader_id, private, starred, taken_at, assumed_at, log_date, latitude,
    longitude, projection, camera_id, uploaded_at, recycled_at ON photos
BEGIN INSERT INTO photo_index (id) VALUES (NEW.id); END;
CREATE TRIGGER photos_recounting BEFORE UPDATE OF album_id, location_id, uploader_id, private,
    taken_at, assumed_at, camera_id, recycled_at ON photos
BEGIN DELETE FROM photo_counts WHERE id = OLD.id; END;
CREATE TRIGGER photos_recounted AFTER UPDATE OF album_id, location_id, uploader_id, private,
    taken_at, assumed_at, camera_id, recycled_at ON photos
BEGIN INSERT INTO photo_counts (id) VALUES (NEW.id); END;
CREATE TRIGGER photos_reshaping BEFORE UPDATE OF original_id, album_id, location_id,
    uploader_id, private, taken_at, assumed_at, rotation, recycled_at ON photos
BEGIN DELETE FROM photo_day_counts WHERE id = OLD.id; END;
CREATE TRIGGER photos_reshaped AFTER UPDATE OF original_id, album_id, location_id,
    uploader_id, private, taken_at, assumed_at, rotation, recycled_at ON photos
BEGIN INSERT INTO photo_day_counts (id) VALUES (NEW.id); END;

-- (not for a row that is there already: INSERT OR IGNORE would not reach AFTER)
CREATE TRIGGER photo_trades_adding BEFORE INSERT ON photo_trades
WHEN NOT EXISTS (SELECT 1 FROM photo_trades
    WHERE photo_id = NEW.photo_id AND trade_id = NEW.trade_id)
    AND NOT EXISTS (SELECT 1 FROM unindexed WHERE since <= NEW.photo_id)
BEGIN
    DELETE FROM photo_index WHERE id = NEW.photo_id;
    DELETE FROM photo_counts WHERE id = NEW.photo_id;
    DELETE FROM photo_day_counts WHERE id = NEW.photo_id;
END;
CREATE TRIGGER photo_trades_added AFTER INSERT ON photo_trades
WHEN NOT EXISTS (SELECT 1 FROM unindexed WHERE since <= NEW.photo_id)
BEGIN
    INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = NEW.photo_id;
    INSERT INTO photo_counts (id) SELECT id FROM photos WHERE id = NEW.photo_id;
    INSERT INTO photo_day_counts (id) SELECT id FROM photos WHERE id = NEW.photo_id;
END;
CREATE TRIGGER photo_trades_removing BEFORE DELETE ON photo_trades
BEGIN
    DELETE FROM photo_index WHERE id = OLD.photo_id;
    DELETE FROM photo_counts WHERE id = OLD.photo_id;
    DELETE FROM photo_day_counts WHERE id = OLD.photo_id;
END;
CREATE TRIGGER photo_trades_removed AFTER DELETE ON photo_trades
BEGIN
    INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = OLD.photo_id;
    INSERT INTO photo_counts (id) SELECT id FROM photos WHERE id = OLD.photo_id;
    INSERT INTO photo_day_counts (id) SELECT id FROM photos WHERE id = OLD.photo_id;
END;
CREATE TRIGGER photo_trades_stay BEFORE UPDATE ON photo_trades
BEGIN SELECT RAISE(ABORT, 'take the trade off and put another on'); END;

CREATE TRIGGER comments_adding BEFORE INSERT ON comments
WHEN NOT EXISTS (SELECT 1 FROM comments WHERE uuid = NEW.uuid)
BEGIN DELETE FROM photo_index WHERE id = NEW.photo_id; END;
CREATE TRIGGER comments_added AFTER INSERT ON comments
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = NEW.photo_id; END;
CREATE TRIGGER comments_changing BEFORE UPDATE ON comments
BEGIN DELETE FROM photo_index WHERE id = OLD.photo_id; END;
CREATE TRIGGER comments_changed AFTER UPDATE ON comments
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = NEW.photo_id; END;
CREATE TRIGGER comments_stay_with_their_photo BEFORE UPDATE OF photo_id ON comments
WHEN NEW.photo_id <> OLD.photo_id
BEGIN SELECT RAISE(ABORT, 'a comment stays with its photo'); END;
CREATE TRIGGER comments_removing BEFORE DELETE ON comments
BEGIN
    -- here rather than by cascade, so that it is recorded before the comment's end
    DELETE FROM mentions WHERE comment_id = OLD.id;
    DELETE FROM photo_index WHERE id = OLD.photo_id;
END;
CREATE TRIGGER comments_removed AFTER DELETE ON comments
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = OLD.photo_id; END;

CREATE TRIGGER markups_adding BEFORE INSERT ON markups
WHEN NOT EXISTS (SELECT 1 FROM markups WHERE uuid = NEW.uuid)
BEGIN DELETE FROM photo_index WHERE id = NEW.photo_id; END;
CREATE TRIGGER markups_added AFTER INSERT ON markups
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = NEW.photo_id; END;
CREATE TRIGGER markups_changing BEFORE UPDATE OF text ON markups
BEGIN DELETE FROM photo_index WHERE id = OLD.photo_id; END;
CREATE TRIGGER markups_changed AFTER UPDATE OF text ON markups
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = NEW.photo_id; END;
CREATE TRIGGER markups_stay_with_their_photo BEFORE UPDATE OF photo_id ON markups
WHEN NEW.photo_id <> OLD.photo_id
BEGIN SELECT RAISE(ABORT, 'a markup stays with its photo'); END;
CREATE TRIGGER markups_removing BEFORE DELETE ON markups
BEGIN DELETE FROM photo_index WHERE id = OLD.photo_id; END;
CREATE TRIGGER markups_removed AFTER DELETE ON markups
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE id = OLD.photo_id; END;

CREATE TRIGGER originals_rereading BEFORE UPDATE OF extension, kind, damage ON originals
BEGIN DELETE FROM photo_index WHERE id IN (SELECT id FROM photos WHERE original_id = OLD.id); END;
CREATE TRIGGER originals_reread AFTER UPDATE OF extension, kind, damage ON originals
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE original_id = NEW.id; END;
CREATE TRIGGER originals_resizing BEFORE UPDATE OF width, height, turned ON originals
BEGIN DELETE FROM photo_day_counts WHERE id IN (SELECT id FROM photos WHERE original_id = OLD.id); END;
CREATE TRIGGER originals_resized AFTER UPDATE OF width, height, turned ON originals
BEGIN INSERT INTO photo_day_counts (id) SELECT id FROM photos WHERE original_id = NEW.id; END;

CREATE TRIGGER albums_renaming BEFORE UPDATE OF name ON albums WHEN NEW.name <> OLD.name
BEGIN DELETE FROM photo_index WHERE id IN (SELECT id FROM photos WHERE album_id = OLD.id); END;
CREATE TRIGGER albums_renamed AFTER UPDATE OF name ON albums WHEN NEW.name <> OLD.name
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE album_id = NEW.id; END;

CREATE TRIGGER trades_renaming BEFORE UPDATE OF name ON trades WHEN NEW.name <> OLD.name
BEGIN DELETE FROM photo_index WHERE id IN (SELECT photo_id FROM photo_trades WHERE trade_id = OLD.id); END;
CREATE TRIGGER trades_renamed AFTER UPDATE OF name ON trades WHEN NEW.name <> OLD.name
BEGIN INSERT INTO photo_index (id) SELECT photo_id FROM photo_trades WHERE trade_id = NEW.id; END;

CREATE TRIGGER people_renaming BEFORE UPDATE OF name ON people WHEN NEW.name <> OLD.name
BEGIN DELETE FROM photo_index WHERE id IN (SELECT id FROM photos WHERE uploader_id = OLD.id); END;
CREATE TRIGGER people_renamed AFTER UPDATE OF name ON people WHEN NEW.name <> OLD.name
BEGIN INSERT INTO photo_index (id) SELECT id FROM photos WHERE uploader_id = NEW.id; END;

CREATE TRIGGER locations_added AFTER INSERT ON locations
BEGIN
    INSERT INTO location_tree (ancestor_id, descendant_id, depth)
    SELECT ancestor_id, NEW.id, depth + 1 FROM location_tree WHERE descendant_id = NEW.parent_id
    UNION ALL SELECT NEW.id, NEW.id, 0;
END;
CREATE TRIGGER locations_renaming BEFORE UPDATE OF name ON locations WHEN NEW.name <> OLD.name
BEGIN
    DELETE FROM photo_index WHERE id IN (SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = OLD.id);
END;
CREATE TRIGGER locations_renamed AFTER UPDATE OF name ON locations WHEN NEW.name <> OLD.name
BEGIN
    INSERT INTO photo_index (id) SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = NEW.id;
END;
CREATE TRIGGER locations_moving BEFORE UPDATE OF parent_id ON locations
WHEN NEW.parent_id IS NOT OLD.parent_id
BEGIN
    SELECT RAISE(ABORT, 'a location cannot lie below itself') WHERE EXISTS (
        SELECT 1 FROM location_tree WHERE ancestor_id = OLD.id AND descendant_id = NEW.parent_id);
    DELETE FROM photo_index WHERE id IN (SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = OLD.id);
    DELETE FROM photo_counts WHERE id IN (SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = OLD.id);
    DELETE FROM photo_day_counts WHERE id IN (SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = OLD.id);
END;
CREATE TRIGGER locations_moved AFTER UPDATE OF parent_id ON locations
WHEN NEW.parent_id IS NOT OLD.parent_id
BEGIN
    DELETE FROM location_tree
    WHERE descendant_id IN (SELECT descendant_id FROM location_tree WHERE ancestor_id = NEW.id)
        AND ancestor_id NOT IN (SELECT descendant_id FROM location_tree WHERE ancestor_id = NEW.id);
    INSERT INTO location_tree (ancestor_id, descendant_id, depth)
    SELECT above.ancestor_id, below.descendant_id, above.depth + below.depth + 1
    FROM location_tree above, location_tree below
    WHERE above.descendant_id = NEW.parent_id AND below.ancestor_id = NEW.id;
    INSERT INTO photo_index (id) SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = NEW.id;
    INSERT INTO photo_counts (id) SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = NEW.id;
    INSERT INTO photo_day_counts (id) SELECT p.id FROM photos p
        JOIN location_tree t ON t.descendant_id = p.location_id WHERE t.ancestor_id = NEW.id;
END;

----------------------------------------------------------------------------------------
-- Triggers that write history. json_patch drops the NULLs; printf keeps all digits of
-- a number, which json_object does not before SQLite 3.43.
----------------------------------------------------------------------------------------

CREATE TRIGGER history_photos_new AFTER INSERT ON photos
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'photo', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'original_id', NEW.original_id, 'filename', NEW.filename,
        'filename_bytes', nullif(hex(NEW.filename_bytes), ''), 'description', NEW.description,
        'album_id', NEW.album_id, 'location_id', NEW.location_id, 'uploader_id', NEW.uploader_id,
        'private', NEW.private, 'starred', NEW.starred, 'taken_at', NEW.taken_at,
        'taken_offset', NEW.taken_offset, 'taken_source', NEW.taken_source,
        'assumed_at', NEW.assumed_at, 'log_date', NEW.log_date, 'latitude', iif(NEW.latitude IS NULL, NULL, json(printf('%!.17g', NEW.latitude))),
        'longitude', iif(NEW.longitude IS NULL, NULL, json(printf('%!.17g', NEW.longitude))), 'position_source', NEW.position_source,
        'direction', iif(NEW.direction IS NULL, NULL, json(printf('%!.17g', NEW.direction))), 'projection', NEW.projection, 'camera_id', NEW.camera_id,
        'rotation', NEW.rotation, 'uploaded_at', NEW.uploaded_at,
        'recycled_at', NEW.recycled_at, 'recycled_by', NEW.recycled_by)));
END;
CREATE TRIGGER history_photos_end AFTER DELETE ON photos
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'photo', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'original_id', OLD.original_id, 'filename', OLD.filename,
        'filename_bytes', nullif(hex(OLD.filename_bytes), ''), 'description', OLD.description,
        'album_id', OLD.album_id, 'location_id', OLD.location_id, 'uploader_id', OLD.uploader_id,
        'private', OLD.private, 'starred', OLD.starred, 'taken_at', OLD.taken_at,
        'taken_offset', OLD.taken_offset, 'taken_source', OLD.taken_source,
        'assumed_at', OLD.assumed_at, 'log_date', OLD.log_date, 'latitude', iif(OLD.latitude IS NULL, NULL, json(printf('%!.17g', OLD.latitude))),
        'longitude', iif(OLD.longitude IS NULL, NULL, json(printf('%!.17g', OLD.longitude))), 'position_source', OLD.position_source,
        'direction', iif(OLD.direction IS NULL, NULL, json(printf('%!.17g', OLD.direction))), 'projection', OLD.projection, 'camera_id', OLD.camera_id,
        'rotation', OLD.rotation, 'uploaded_at', OLD.uploaded_at,
        'recycled_at', OLD.recycled_at, 'recycled_by', OLD.recycled_by)));
END;
CREATE TRIGGER history_photos AFTER UPDATE OF uuid, original_id, filename, filename_bytes,
    description, album_id, location_id, uploader_id, private, starred, taken_at, taken_offset,
    taken_source, assumed_at, log_date, latitude, longitude, position_source, direction,
    projection, camera_id, rotation, uploaded_at, recycled_at, recycled_by ON photos
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'photo', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'original_id', OLD.original_id, NEW.original_id
        UNION ALL SELECT 'filename', OLD.filename, NEW.filename
        UNION ALL SELECT 'filename_bytes', nullif(hex(OLD.filename_bytes), ''), nullif(hex(NEW.filename_bytes), '')
        UNION ALL SELECT 'description', OLD.description, NEW.description
        UNION ALL SELECT 'album_id', OLD.album_id, NEW.album_id
        UNION ALL SELECT 'location_id', OLD.location_id, NEW.location_id
        UNION ALL SELECT 'uploader_id', OLD.uploader_id, NEW.uploader_id
        UNION ALL SELECT 'private', OLD.private, NEW.private
        UNION ALL SELECT 'starred', OLD.starred, NEW.starred
        UNION ALL SELECT 'taken_at', OLD.taken_at, NEW.taken_at
        UNION ALL SELECT 'taken_offset', OLD.taken_offset, NEW.taken_offset
        UNION ALL SELECT 'taken_source', OLD.taken_source, NEW.taken_source
        UNION ALL SELECT 'assumed_at', OLD.assumed_at, NEW.assumed_at
        UNION ALL SELECT 'log_date', OLD.log_date, NEW.log_date
        UNION ALL SELECT 'latitude', OLD.latitude, NEW.latitude
        UNION ALL SELECT 'longitude', OLD.longitude, NEW.longitude
        UNION ALL SELECT 'position_source', OLD.position_source, NEW.position_source
        UNION ALL SELECT 'direction', OLD.direction, NEW.direction
        UNION ALL SELECT 'projection', OLD.projection, NEW.projection
        UNION ALL SELECT 'camera_id', OLD.camera_id, NEW.camera_id
        UNION ALL SELECT 'rotation', OLD.rotation, NEW.rotation
        UNION ALL SELECT 'uploaded_at', OLD.uploaded_at, NEW.uploaded_at
        UNION ALL SELECT 'recycled_at', OLD.recycled_at, NEW.recycled_at
        UNION ALL SELECT 'recycled_by', OLD.recycled_by, NEW.recycled_by)
    WHERE old IS NOT new;
    UPDATE photos SET updated_at = coalesce(
        (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) WHERE id = NEW.id AND changes() > 0;
END;

-- Of an original, what tells its bytes and their name: all else can be read from them
-- again, and stored_at is the batch's time. Short, as there is one for each photo.
CREATE TRIGGER history_originals_new AFTER INSERT ON originals
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'original', NEW.id, '', json_object(
        'sha256', NEW.sha256, 'extension', NEW.extension, 'bytes', NEW.bytes));
END;
CREATE TRIGGER history_originals_end AFTER DELETE ON originals
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'original', OLD.id, '', json_object(
        'sha256', OLD.sha256, 'extension', OLD.extension, 'bytes', OLD.bytes));
END;
CREATE TRIGGER history_originals AFTER UPDATE OF extension ON originals
WHEN OLD.extension <> NEW.extension
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    VALUES ((SELECT batch_id FROM open_batch), 'original', NEW.id, 'extension',
        OLD.extension, NEW.extension);
END;

CREATE TRIGGER history_tombstones_new AFTER INSERT ON tombstones
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'tombstone', NEW.photo_id, '',
        json_patch('{}', json_object('uuid', NEW.uuid, 'sha256', NEW.sha256,
        'bytes', NEW.bytes, 'filename', NEW.filename, 'uploaded_at', NEW.uploaded_at,
        'recycled_at', NEW.recycled_at, 'purged_at', NEW.purged_at,
        'purged_by', NEW.purged_by, 'reason', NEW.reason)));
END;

CREATE TRIGGER history_signing_keys_new AFTER INSERT ON signing_keys
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'key', NEW.id, '', json_patch('{}', json_object(
        'public_key', NEW.public_key, 'fingerprint', NEW.fingerprint,
        'person_id', NEW.person_id, 'retired_at', NEW.retired_at)));
END;
CREATE TRIGGER history_signing_keys AFTER UPDATE OF retired_at ON signing_keys
WHEN OLD.retired_at IS NOT NEW.retired_at
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    VALUES ((SELECT batch_id FROM open_batch), 'key', NEW.id, 'retired_at', OLD.retired_at,
        NEW.retired_at);
END;

CREATE TRIGGER history_photo_trades_new AFTER INSERT ON photo_trades
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'photo', NEW.photo_id, 'trade', NEW.trade_id);
    UPDATE photos SET updated_at = coalesce(
        (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) WHERE id = NEW.photo_id
        -- a photo that is new says so already: half of what a trade of it costs
        AND updated_at IS NOT (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id);
END;
CREATE TRIGGER history_photo_trades_end AFTER DELETE ON photo_trades
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'photo', OLD.photo_id, 'trade', OLD.trade_id);
    UPDATE photos SET updated_at = coalesce(
        (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) WHERE id = OLD.photo_id;
END;

CREATE TRIGGER history_comments_new AFTER INSERT ON comments
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'comment', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'photo_id', NEW.photo_id, 'author_id', NEW.author_id,
        'body', NEW.body, 'created_at', NEW.created_at, 'edited_at', NEW.edited_at)));
END;
CREATE TRIGGER history_comments_end AFTER DELETE ON comments
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'comment', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'photo_id', OLD.photo_id, 'author_id', OLD.author_id,
        'body', OLD.body, 'created_at', OLD.created_at, 'edited_at', OLD.edited_at)));
END;
CREATE TRIGGER history_comments AFTER UPDATE ON comments
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'comment', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'author_id', OLD.author_id, NEW.author_id
        UNION ALL SELECT 'body', OLD.body, NEW.body
        UNION ALL SELECT 'created_at', OLD.created_at, NEW.created_at
        UNION ALL SELECT 'edited_at', OLD.edited_at, NEW.edited_at)
    WHERE old IS NOT new;
END;

CREATE TRIGGER history_mentions_new AFTER INSERT ON mentions
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'comment', NEW.comment_id, 'mention', NEW.person_id);
END;
CREATE TRIGGER history_mentions_end AFTER DELETE ON mentions
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'comment', OLD.comment_id, 'mention', OLD.person_id);
END;
CREATE TRIGGER mentions_stay BEFORE UPDATE ON mentions
BEGIN SELECT RAISE(ABORT, 'take the mention off and put another on'); END;

CREATE TRIGGER history_markups_new AFTER INSERT ON markups
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'markup', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'photo_id', NEW.photo_id, 'author_id', NEW.author_id, 'kind', NEW.kind,
        'colour', NEW.colour, 'width', NEW.width, 'points', NEW.points,
        'text', NEW.text, 'created_at', NEW.created_at, 'edited_at', NEW.edited_at)));
END;
CREATE TRIGGER history_markups_end AFTER DELETE ON markups
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'markup', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'photo_id', OLD.photo_id, 'author_id', OLD.author_id, 'kind', OLD.kind,
        'colour', OLD.colour, 'width', OLD.width, 'points', OLD.points,
        'text', OLD.text, 'created_at', OLD.created_at, 'edited_at', OLD.edited_at)));
END;
CREATE TRIGGER history_markups AFTER UPDATE ON markups
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'markup', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'author_id', OLD.author_id, NEW.author_id
        UNION ALL SELECT 'kind', OLD.kind, NEW.kind
        UNION ALL SELECT 'colour', OLD.colour, NEW.colour
        UNION ALL SELECT 'width', OLD.width, NEW.width
        UNION ALL SELECT 'points', OLD.points, NEW.points
        UNION ALL SELECT 'text', OLD.text, NEW.text
        UNION ALL SELECT 'created_at', OLD.created_at, NEW.created_at
        UNION ALL SELECT 'edited_at', OLD.edited_at, NEW.edited_at)
    WHERE old IS NOT new;
END;

CREATE TRIGGER history_albums_new AFTER INSERT ON albums
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'album', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'name', NEW.name, 'name_key', NEW.name_key, 'position', NEW.position,
        'private', NEW.private, 'cover_photo_id', NEW.cover_photo_id,
        'created_at', NEW.created_at)));
END;
CREATE TRIGGER history_albums_end AFTER DELETE ON albums
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'album', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'name', OLD.name, 'name_key', OLD.name_key, 'position', OLD.position,
        'private', OLD.private, 'cover_photo_id', OLD.cover_photo_id,
        'created_at', OLD.created_at)));
END;
CREATE TRIGGER history_albums AFTER UPDATE OF uuid, name, name_key, position, private,
    cover_photo_id, created_at ON albums
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'album', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'name', OLD.name, NEW.name
        UNION ALL SELECT 'name_key', OLD.name_key, NEW.name_key
        UNION ALL SELECT 'position', OLD.position, NEW.position
        UNION ALL SELECT 'private', OLD.private, NEW.private
        UNION ALL SELECT 'cover_photo_id', OLD.cover_photo_id, NEW.cover_photo_id
        UNION ALL SELECT 'created_at', OLD.created_at, NEW.created_at)
    WHERE old IS NOT new;
    UPDATE albums SET updated_at = coalesce(
        (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) WHERE id = NEW.id AND changes() > 0;
END;

CREATE TRIGGER history_locations_new AFTER INSERT ON locations
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'location', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'parent_id', NEW.parent_id, 'name', NEW.name,
        'name_key', NEW.name_key, 'created_at', NEW.created_at)));
END;
CREATE TRIGGER history_locations_end AFTER DELETE ON locations
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'location', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'parent_id', OLD.parent_id, 'name', OLD.name,
        'name_key', OLD.name_key, 'created_at', OLD.created_at)));
END;
CREATE TRIGGER history_locations AFTER UPDATE OF uuid, parent_id, name, name_key, created_at ON locations
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'location', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'parent_id', OLD.parent_id, NEW.parent_id
        UNION ALL SELECT 'name', OLD.name, NEW.name
        UNION ALL SELECT 'name_key', OLD.name_key, NEW.name_key
        UNION ALL SELECT 'created_at', OLD.created_at, NEW.created_at)
    WHERE old IS NOT new;
    UPDATE locations SET updated_at = coalesce(
        (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) WHERE id = NEW.id AND changes() > 0;
END;

CREATE TRIGGER history_trades_new AFTER INSERT ON trades
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'trade', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'name', NEW.name, 'name_key', NEW.name_key, 'active', NEW.active,
        'created_at', NEW.created_at)));
END;
CREATE TRIGGER history_trades_end AFTER DELETE ON trades
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'trade', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'name', OLD.name, 'name_key', OLD.name_key, 'active', OLD.active,
        'created_at', OLD.created_at)));
END;
CREATE TRIGGER history_trades AFTER UPDATE OF uuid, name, name_key, active, created_at ON trades
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'trade', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'name', OLD.name, NEW.name
        UNION ALL SELECT 'name_key', OLD.name_key, NEW.name_key
        UNION ALL SELECT 'active', OLD.active, NEW.active
        UNION ALL SELECT 'created_at', OLD.created_at, NEW.created_at)
    WHERE old IS NOT new;
    UPDATE trades SET updated_at = coalesce(
        (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) WHERE id = NEW.id AND changes() > 0;
END;

CREATE TRIGGER history_plans_new AFTER INSERT ON plans
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'plan', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'name', NEW.name, 'name_key', NEW.name_key, 'kind', NEW.kind,
        'sha256', NEW.sha256, 'extension', NEW.extension, 'bytes', NEW.bytes,
        'media_type', NEW.media_type, 'width', NEW.width, 'height', NEW.height,
        'corners', NEW.corners, 'min_zoom', NEW.min_zoom, 'max_zoom', NEW.max_zoom,
        'opacity', json(printf('%!.17g', NEW.opacity)),
        'attribution', NEW.attribution, 'created_at', NEW.created_at)));
END;
CREATE TRIGGER history_plans_end AFTER DELETE ON plans
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'plan', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'name', OLD.name, 'name_key', OLD.name_key, 'kind', OLD.kind,
        'sha256', OLD.sha256, 'extension', OLD.extension, 'bytes', OLD.bytes,
        'media_type', OLD.media_type, 'width', OLD.width, 'height', OLD.height,
        'corners', OLD.corners, 'min_zoom', OLD.min_zoom, 'max_zoom', OLD.max_zoom,
        'opacity', json(printf('%!.17g', OLD.opacity)),
        'attribution', OLD.attribution, 'created_at', OLD.created_at)));
END;
CREATE TRIGGER history_plans AFTER UPDATE OF uuid, name, name_key, kind, sha256, extension, bytes,
    media_type, width, height, corners, min_zoom, max_zoom, opacity, attribution, created_at ON plans
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'plan', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'name', OLD.name, NEW.name
        UNION ALL SELECT 'name_key', OLD.name_key, NEW.name_key
        UNION ALL SELECT 'kind', OLD.kind, NEW.kind
        UNION ALL SELECT 'sha256', OLD.sha256, NEW.sha256
        UNION ALL SELECT 'extension', OLD.extension, NEW.extension
        UNION ALL SELECT 'bytes', OLD.bytes, NEW.bytes
        UNION ALL SELECT 'media_type', OLD.media_type, NEW.media_type
        UNION ALL SELECT 'width', OLD.width, NEW.width
        UNION ALL SELECT 'height', OLD.height, NEW.height
        UNION ALL SELECT 'corners', OLD.corners, NEW.corners
        UNION ALL SELECT 'min_zoom', OLD.min_zoom, NEW.min_zoom
        UNION ALL SELECT 'max_zoom', OLD.max_zoom, NEW.max_zoom
        UNION ALL SELECT 'opacity', OLD.opacity, NEW.opacity
        UNION ALL SELECT 'attribution', OLD.attribution, NEW.attribution
        UNION ALL SELECT 'created_at', OLD.created_at, NEW.created_at)
    WHERE old IS NOT new;
    UPDATE plans SET updated_at = coalesce(
        (SELECT b.at FROM open_batch o JOIN batches b ON b.id = o.batch_id),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) WHERE id = NEW.id AND changes() > 0;
END;

CREATE TRIGGER history_decisions_new AFTER INSERT ON sync_decisions
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'decision', NEW.id, '', json_patch('{}', json_object(
        'conflict_id', NEW.conflict_id, 'choice', NEW.choice, 'other', NEW.other,
        'person_id', NEW.person_id)));
END;
CREATE TRIGGER history_decisions_end AFTER DELETE ON sync_decisions
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'decision', OLD.id, '', json_patch('{}', json_object(
        'conflict_id', OLD.conflict_id, 'choice', OLD.choice, 'other', OLD.other,
        'person_id', OLD.person_id)));
END;
CREATE TRIGGER history_decisions AFTER UPDATE OF conflict_id, choice, other, person_id ON sync_decisions
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'decision', NEW.id, field, old, new
    FROM (
        SELECT 'conflict_id' AS field, OLD.conflict_id AS old, NEW.conflict_id AS new
        UNION ALL SELECT 'choice', OLD.choice, NEW.choice
        UNION ALL SELECT 'other', OLD.other, NEW.other
        UNION ALL SELECT 'person_id', OLD.person_id, NEW.person_id)
    WHERE old IS NOT new;
END;

CREATE TRIGGER history_people_new AFTER INSERT ON people
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'person', NEW.id, '', json_patch('{}', json_object(
        'uuid', NEW.uuid, 'name', NEW.name, 'login', NEW.login, 'level', NEW.level,
        'can_create_albums', NEW.can_create_albums, 'can_delete_albums', NEW.can_delete_albums,
        'can_reorder_albums', NEW.can_reorder_albums, 'can_view_private', NEW.can_view_private,
        'active', NEW.active, 'created_at', NEW.created_at)));
END;
CREATE TRIGGER history_people_end AFTER DELETE ON people
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'person', OLD.id, '', json_patch('{}', json_object(
        'uuid', OLD.uuid, 'name', OLD.name, 'login', OLD.login, 'level', OLD.level,
        'can_create_albums', OLD.can_create_albums, 'can_delete_albums', OLD.can_delete_albums,
        'can_reorder_albums', OLD.can_reorder_albums, 'can_view_private', OLD.can_view_private,
        'active', OLD.active, 'created_at', OLD.created_at)));
END;
CREATE TRIGGER history_people AFTER UPDATE ON people
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    SELECT (SELECT batch_id FROM open_batch), 'person', NEW.id, field, old, new
    FROM (
        SELECT 'uuid' AS field, OLD.uuid AS old, NEW.uuid AS new
        UNION ALL SELECT 'name', OLD.name, NEW.name
        UNION ALL SELECT 'login', OLD.login, NEW.login
        UNION ALL SELECT 'level', OLD.level, NEW.level
        UNION ALL SELECT 'can_create_albums', OLD.can_create_albums, NEW.can_create_albums
        UNION ALL SELECT 'can_delete_albums', OLD.can_delete_albums, NEW.can_delete_albums
        UNION ALL SELECT 'can_reorder_albums', OLD.can_reorder_albums, NEW.can_reorder_albums
        UNION ALL SELECT 'can_view_private', OLD.can_view_private, NEW.can_view_private
        UNION ALL SELECT 'active', OLD.active, NEW.active
        UNION ALL SELECT 'created_at', OLD.created_at, NEW.created_at)
    WHERE old IS NOT new;
END;

CREATE TRIGGER history_settings_new AFTER INSERT ON settings
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, new)
    VALUES ((SELECT batch_id FROM open_batch), 'setting', NEW.key, 'value', NEW.value);
END;
CREATE TRIGGER history_settings_end AFTER DELETE ON settings
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old)
    VALUES ((SELECT batch_id FROM open_batch), 'setting', OLD.key, 'value', OLD.value);
END;
CREATE TRIGGER history_settings AFTER UPDATE ON settings WHEN OLD.value <> NEW.value
BEGIN
    INSERT INTO changes (batch_id, entity, record_id, field, old, new)
    VALUES ((SELECT batch_id FROM open_batch), 'setting', NEW.key, 'value', OLD.value, NEW.value);
END;
