-- Periodic mails: how far each schedule has come, and its runs, each claimed once.

-- A row for each schedule that a worker announced. `scope` is the workflow's name, '' for relance.yaml. The row says
-- up to which instant of business time its occurrences are done with; an edit of the timetable begins anew from then.
CREATE TABLE schedules (
    scope text COLLATE "C" NOT NULL,
    schedule text COLLATE "C" NOT NULL,
    timetable text NOT NULL,
    through timestamptz NOT NULL,
    CONSTRAINT schedules_pkey PRIMARY KEY (scope, schedule)
);

-- One mail about one creditor for one occurrence. The key is the claim: a second worker finds it taken.
CREATE TABLE schedule_runs (
    creditor text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    schedule text COLLATE "C" NOT NULL,
    occurrence timestamptz NOT NULL,
    -- The day whose evening the figures are of.
    as_of date NOT NULL,
    -- Names the message, so that it has one Message-ID however often it is composed.
    id uuid NOT NULL,
    state text NOT NULL,
    claim_token uuid,
    -- Real time: the lease of a claim, or the back-off of what waits.
    not_before timestamptz,
    attempts integer NOT NULL DEFAULT 1,
    -- Earlier occurrences that came while nobody ran, and the first of them.
    passed_over integer NOT NULL DEFAULT 0,
    passed_since timestamptz,
    -- The exact bytes, on record before the first of them leaves.
    sha256 bytea,
    began_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    detail text,
    CONSTRAINT schedule_runs_once PRIMARY KEY (creditor, scope, schedule, occurrence),
    CONSTRAINT schedule_runs_id_once UNIQUE (id),
    CONSTRAINT schedule_runs_bytes FOREIGN KEY (sha256) REFERENCES evidence (sha256),
    CONSTRAINT schedule_runs_state_known CHECK (
        state IN ('waiting', 'claimed', 'sending', 'accepted', 'rejected', 'uncertain')),
    CONSTRAINT schedule_runs_claim_while_held CHECK ((state IN ('claimed', 'sending')) = (claim_token IS NOT NULL)),
    CONSTRAINT schedule_runs_open_until_ended CHECK (
        (state IN ('waiting', 'claimed', 'sending')) = (not_before IS NOT NULL)
        AND (not_before IS NULL) = (ended_at IS NOT NULL)),
    CONSTRAINT schedule_runs_bytes_before_sending CHECK (state NOT IN ('sending', 'accepted', 'uncertain') OR sha256 IS NOT NULL),
    CONSTRAINT schedule_runs_passed_with_first CHECK (passed_over >= 0 AND (passed_over = 0) = (passed_since IS NULL))
);
CREATE INDEX schedule_runs_open ON schedule_runs (not_before) WHERE not_before IS NOT NULL;
