-- Notices, the key that forbids a second one, attempts, evidence, and what leaves for the platform.

CREATE TABLE notices (
    creditor text COLLATE "C" NOT NULL,
    debtor text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    ordered_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    -- Real time, unlike the two above: the back-off of a retry.
    not_before timestamptz,
    claim_token uuid,
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    accepted_at timestamptz,
    delivery text,
    provider text,
    provider_id text COLLATE "C",
    -- What earlier requests of a sending in steps answered, as JSON.
    captured text,
    -- What was ordered, without the content.
    body text NOT NULL,
    content text,
    CONSTRAINT notices_pkey PRIMARY KEY (creditor, debtor, id),
    CONSTRAINT notices_id_once UNIQUE (id),
    CONSTRAINT notices_channel_known CHECK (channel IN ('email', 'sms', 'letter')),
    CONSTRAINT notices_state_known CHECK (
        state IN ('ordered', 'claimed', 'sending', 'accepted', 'rejected', 'uncertain', 'withdrawn')),
    CONSTRAINT notices_claim_while_held CHECK (
        (state IN ('claimed', 'sending')) = (claim_token IS NOT NULL AND leased_until IS NOT NULL)),
    CONSTRAINT notices_accepted_with_time CHECK ((state = 'accepted') = (accepted_at IS NOT NULL)),
    CONSTRAINT notices_content_until_sent CHECK (content IS NOT NULL OR state NOT IN ('ordered', 'claimed'))
);
CREATE INDEX notices_ordered ON notices (ordered_at) WHERE state = 'ordered';
CREATE INDEX notices_leased ON notices (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX notices_provider_id ON notices (creditor, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX notices_uncertain ON notices (creditor, id) WHERE state = 'uncertain';

-- G3: one (case, step, occurrence, channel) has at most one notice. A line moves to another notice only from a
-- withdrawn one.
CREATE TABLE notice_cases (
    creditor text COLLATE "C" NOT NULL,
    invoice text COLLATE "C" NOT NULL,
    step text COLLATE "C" NOT NULL,
    occurrence integer NOT NULL,
    channel text COLLATE "C" NOT NULL,
    notice uuid NOT NULL,
    CONSTRAINT notice_cases_once PRIMARY KEY (creditor, invoice, step, occurrence, channel),
    CONSTRAINT notice_cases_notice FOREIGN KEY (notice) REFERENCES notices (id),
    CONSTRAINT notice_cases_occurrence_positive CHECK (occurrence > 0)
);
CREATE INDEX notice_cases_of_notice ON notice_cases (notice);

CREATE TABLE attempts (
    creditor text COLLATE "C" NOT NULL,
    notice uuid NOT NULL,
    number integer NOT NULL,
    ended_at timestamptz NOT NULL,
    provider text NOT NULL,
    outcome text NOT NULL,
    detail text,
    provider_id text,
    CONSTRAINT attempts_pkey PRIMARY KEY (creditor, notice, number),
    CONSTRAINT attempts_outcome_known CHECK (outcome IN ('accepted', 'rejected', 'uncertain', 'retry'))
);

-- The exact bytes of what was sent and of every proof, by their hash.
CREATE TABLE evidence (
    sha256 bytea NOT NULL,
    media_type text NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT evidence_pkey PRIMARY KEY (sha256),
    CONSTRAINT evidence_sha256_length CHECK (octet_length(sha256) = 32)
);

CREATE TABLE notice_evidence (
    creditor text COLLATE "C" NOT NULL,
    notice uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    sha256 bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notice_evidence_pkey PRIMARY KEY (creditor, notice, name, sha256),
    CONSTRAINT notice_evidence_bytes FOREIGN KEY (sha256) REFERENCES evidence (sha256)
);

-- What leaves for the platform, written by the transaction that decided it, deleted once confirmed. The number
-- is the order of leaving; identity across repetitions is `id`. The envelope is put around `data` when it leaves.
CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL,
    creditor text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    data text NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (number)
);

-- Providers that take nothing for now, and why.
CREATE TABLE providers (
    provider text COLLATE "C" NOT NULL,
    paused_reason text,
    paused_at timestamptz,
    CONSTRAINT providers_pkey PRIMARY KEY (provider),
    CONSTRAINT providers_pause_with_reason CHECK ((paused_reason IS NULL) = (paused_at IS NULL))
);
