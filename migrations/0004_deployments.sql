-- Which revisions of workflows serve, and which steps are stopped.

-- Rows of these tables are what cases, notices and proofs refer to: they are written once.
CREATE FUNCTION relance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of table % are written once and stay as they are', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER revisions_written_once BEFORE UPDATE OR DELETE ON revisions
    FOR EACH ROW EXECUTE FUNCTION relance_refuse_change();

-- What was put into service and taken out of it, append only: one number for everything that one person deployed
-- at once. The newest row of a workflow is what its new cases take; without a revision it takes none any more.
CREATE TABLE deployments (
    number bigint NOT NULL,
    workflow text COLLATE "C" NOT NULL,
    revision text COLLATE "C",
    deployed_by text NOT NULL,
    deployed_at timestamptz NOT NULL DEFAULT now(),
    note text,
    CONSTRAINT deployments_pkey PRIMARY KEY (workflow, number),
    CONSTRAINT deployments_number_positive CHECK (number > 0),
    CONSTRAINT deployments_revision_stored FOREIGN KEY (workflow, revision) REFERENCES revisions (workflow, revision),
    CONSTRAINT deployments_by_named CHECK (deployed_by <> '')
);
CREATE INDEX deployments_by_number ON deployments (number);
CREATE TRIGGER deployments_written_once BEFORE UPDATE OR DELETE ON deployments
    FOR EACH ROW EXECUTE FUNCTION relance_refuse_change();

-- Steps stopped by a person on every revision of their workflow, under whichever of their names was typed.
CREATE TABLE blocked_steps (
    workflow text COLLATE "C" NOT NULL,
    step text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    blocked_by text NOT NULL,
    blocked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT blocked_steps_pkey PRIMARY KEY (workflow, step),
    CONSTRAINT blocked_steps_reason_given CHECK (reason <> ''),
    CONSTRAINT blocked_steps_by_named CHECK (blocked_by <> '')
);

-- Grows with every deployment and every block, in their transaction. Whoever decides holds the lock
-- `relance_library` shared and compares this number; whoever changes it holds the lock alone.
CREATE TABLE library_version (
    one boolean NOT NULL DEFAULT true,
    version bigint NOT NULL,
    CONSTRAINT library_version_pkey PRIMARY KEY (one),
    CONSTRAINT library_version_one_row CHECK (one)
);
INSERT INTO library_version (version) VALUES (0);

-- Open cases by their workflow and revision: what a plan counts and a move walks through.
CREATE INDEX cases_on_revision ON cases (workflow, creditor, debtor) INCLUDE (revision) WHERE state = 'open';
-- Cases that wait for a workflow: woken when one is deployed.
CREATE INDEX cases_waiting ON cases (creditor, debtor) WHERE state = 'waiting';
