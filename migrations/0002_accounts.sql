-- Accounts, and what the engine decided about them: cases, tasks, blocks, the timeline.

-- The unit of locking and waking. `seq` grows with every change of anything of the account: whoever knows the
-- account at a seq may trust what it knows while the row, locked, still shows it.
CREATE TABLE accounts (
    seq bigint NOT NULL,
    wake_at timestamptz,
    creditor text COLLATE "C" NOT NULL,
    debtor text COLLATE "C" NOT NULL,
    waits_for text COLLATE "C",
    CONSTRAINT accounts_pkey PRIMARY KEY (creditor, debtor),
    CONSTRAINT accounts_debtor_named CHECK (debtor <> ''),
    CONSTRAINT accounts_seq_positive CHECK (seq > 0),
    CONSTRAINT accounts_waits_for_known CHECK (waits_for IN ('creditor', 'feed'))
) WITH (fillfactor = 70);
CREATE INDEX accounts_wake ON accounts (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX accounts_waiting ON accounts (creditor, waits_for) WHERE waits_for IS NOT NULL;

CREATE TABLE cases (
    creditor text COLLATE "C" NOT NULL,
    debtor text COLLATE "C" NOT NULL,
    invoice text COLLATE "C" NOT NULL,
    state text NOT NULL,
    phase text,
    workflow text,
    revision text,
    body text NOT NULL,
    CONSTRAINT cases_pkey PRIMARY KEY (creditor, debtor, invoice),
    CONSTRAINT cases_state_known CHECK (state IN ('waiting', 'open', 'settled', 'voided', 'handed_over', 'exhausted')),
    CONSTRAINT cases_phase_known CHECK (phase IN ('prevention', 'reminder', 'formal_notice', 'legal')),
    CONSTRAINT cases_workflow_with_revision CHECK ((workflow IS NULL) = (revision IS NULL))
) WITH (fillfactor = 80);

CREATE TABLE tasks (
    creditor text COLLATE "C" NOT NULL,
    debtor text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    body text NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (creditor, debtor, id),
    CONSTRAINT tasks_id_once UNIQUE (id),
    CONSTRAINT tasks_state_known CHECK (state IN ('open', 'answered', 'timed_out', 'withdrawn'))
);
CREATE INDEX tasks_open ON tasks (creditor, debtor) WHERE state = 'open';

CREATE TABLE blocks (
    creditor text COLLATE "C" NOT NULL,
    debtor text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    body text NOT NULL,
    CONSTRAINT blocks_pkey PRIMARY KEY (creditor, debtor, name)
);

-- The timeline, append only.
CREATE TABLE history (
    number bigint GENERATED ALWAYS AS IDENTITY,
    recorded_month date NOT NULL,
    at timestamptz NOT NULL,
    creditor text COLLATE "C" NOT NULL,
    debtor text COLLATE "C" NOT NULL,
    entry text NOT NULL,
    CONSTRAINT history_pkey PRIMARY KEY (creditor, debtor, number, recorded_month)
) PARTITION BY RANGE (recorded_month);
CREATE TABLE history_default PARTITION OF history DEFAULT;
SELECT relance_month_partitions('history', 3);

-- Workflow revisions that a case may stand on, with all they need.
CREATE TABLE revisions (
    workflow text COLLATE "C" NOT NULL,
    revision text COLLATE "C" NOT NULL,
    bundle text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT revisions_pkey PRIMARY KEY (workflow, revision)
);
