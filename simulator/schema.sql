-- Customs' own memory: one SQLite file, every table keyed by the enterprise that sent (SenderId) where it can be.
-- Times are µs UTC by customs' clock.

-- Every file that was taken from an OutBox, as often as it was judged. `first`: the taking whose answers are this one's answers.
CREATE TABLE taken (
    id         INTEGER PRIMARY KEY,
    road       TEXT NOT NULL,
    name       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    code       TEXT NOT NULL,               -- "0", or the code of its DxpRep
    sender     TEXT NOT NULL DEFAULT '',    -- '' where nothing was verified
    cop_msg_id TEXT NOT NULL DEFAULT '',
    type       TEXT NOT NULL DEFAULT '',
    moods      TEXT NOT NULL DEFAULT '[]',  -- how its answers travel
    first      INTEGER NOT NULL DEFAULT 0,
    moved      INTEGER NOT NULL DEFAULT 0   -- it no longer lies in the OutBox
);
CREATE INDEX taken_file ON taken (road, name, sha256);

-- Message ids, for ever: the same id with the same bytes is the same message.
CREATE TABLE seen (
    sender     TEXT NOT NULL,
    cop_msg_id TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    taken      INTEGER NOT NULL REFERENCES taken (id),
    PRIMARY KEY (sender, cop_msg_id)
) WITHOUT ROWID;

CREATE TABLE cases (
    sender      TEXT NOT NULL,
    number      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    parent      TEXT NOT NULL DEFAULT '',    -- the number of the application that carries it
    content     TEXT NOT NULL,               -- JSON, as last submitted
    facts       TEXT NOT NULL DEFAULT '{}',  -- JSON: what customs assigned
    moods       TEXT NOT NULL DEFAULT '[]',  -- JSON: the words of its remark that are not used up
    cause       INTEGER NOT NULL REFERENCES taken (id),
    stated      INTEGER NOT NULL DEFAULT 0,  -- the latest time stated in its family
    submissions INTEGER NOT NULL DEFAULT 0,  -- messages that brought it, by their ids
    effects     INTEGER NOT NULL DEFAULT 0,  -- how often it was put into store
    PRIMARY KEY (sender, number)
) WITHOUT ROWID;
CREATE INDEX cases_number ON cases (number);

-- What a desk does next, or has done.
CREATE TABLE steps (
    id      INTEGER PRIMARY KEY,
    due     INTEGER NOT NULL,
    shift   INTEGER NOT NULL DEFAULT 0,     -- µs by which its answer arrives later
    rank    INTEGER NOT NULL DEFAULT 0,     -- place in the document's chain
    look    INTEGER NOT NULL DEFAULT 0,     -- the number of the look at which it is due at the earliest
    sender  TEXT NOT NULL,
    number  TEXT NOT NULL,
    status  TEXT NOT NULL,                  -- '' restates what is so already
    cause   INTEGER NOT NULL REFERENCES taken (id),
    reason  TEXT NOT NULL DEFAULT '',
    given   TEXT NOT NULL DEFAULT '{}',     -- JSON: what an operator or a story laid down
    done    INTEGER NOT NULL DEFAULT 0,     -- 1 done, 2 overtaken by a decision, 3 not possible
    problem TEXT NOT NULL DEFAULT ''
);
CREATE INDEX steps_due ON steps (due, id) WHERE done = 0;
CREATE INDEX steps_case ON steps (sender, number);

-- What customs sends by itself: notices, certificates issued on site, what a mood sends after the last answer.
CREATE TABLE letters (
    id      INTEGER PRIMARY KEY,
    due     INTEGER NOT NULL,
    look    INTEGER NOT NULL DEFAULT 0,
    sender  TEXT NOT NULL,                  -- the enterprise that it goes to
    number  TEXT NOT NULL DEFAULT '',       -- the document that it is about
    kind    TEXT NOT NULL,
    given   TEXT NOT NULL DEFAULT '{}',     -- JSON
    about   TEXT NOT NULL DEFAULT '',       -- the fact without which it is not sent
    done    INTEGER NOT NULL DEFAULT 0,     -- 1 sent, 2 nothing to send it about, 3 not possible
    problem TEXT NOT NULL DEFAULT ''
);
CREATE INDEX letters_due ON letters (due, id) WHERE done = 0;

-- Files to be put into an InBox.
CREATE TABLE posts (
    id      INTEGER PRIMARY KEY,
    due     INTEGER NOT NULL,
    road    TEXT NOT NULL,
    name    TEXT NOT NULL,
    body    BLOB NOT NULL,
    cause   INTEGER REFERENCES taken (id),  -- NULL for what customs sends by itself
    written INTEGER NOT NULL DEFAULT 0      -- -1: another file has that name
);
CREATE INDEX posts_due ON posts (due, id) WHERE written = 0;
CREATE INDEX posts_cause ON posts (cause);

-- Which states its documents came to, and when: what a day's statement is made of.
CREATE TABLE journal (
    sender         TEXT NOT NULL,
    number         TEXT NOT NULL,
    stated         INTEGER NOT NULL,
    state          TEXT NOT NULL,
    type           TEXT NOT NULL,               -- of the message that brings such a document, '' for what travels in another's
    customs_no     TEXT NOT NULL,
    certificate_no TEXT NOT NULL,
    PRIMARY KEY (sender, number, stated)
) WITHOUT ROWID;
CREATE INDEX journal_stated ON journal (stated);

-- Days of which a statement is wanted, or was sent.
CREATE TABLE statements (
    date  TEXT PRIMARY KEY,                     -- 8 digits, Beijing time
    sent  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

-- Numbers that were handed out and must be free: seconds of an office, branches of an inspection number.
CREATE TABLE runs (
    series TEXT NOT NULL,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (series, first)
) WITHOUT ROWID;
