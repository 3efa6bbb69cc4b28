-- The law by which decisions are made: calendars and jurisdictions, deployed as workflows are.

-- All files of a law as one JSON object, by the digest of that text.
CREATE TABLE laws (
    digest text COLLATE "C" NOT NULL,
    files text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT laws_pkey PRIMARY KEY (digest)
);
CREATE TRIGGER laws_written_once BEFORE UPDATE OR DELETE ON laws
    FOR EACH ROW EXECUTE FUNCTION relance_refuse_change();

-- What was put into service, append only, under the number of the deployment that brought it. The newest row serves;
-- before the first one every process decides with the law of its own folder.
CREATE TABLE law_deployments (
    number bigint NOT NULL,
    law text COLLATE "C" NOT NULL,
    deployed_by text NOT NULL,
    deployed_at timestamptz NOT NULL DEFAULT now(),
    note text,
    CONSTRAINT law_deployments_pkey PRIMARY KEY (number),
    CONSTRAINT law_deployments_number_positive CHECK (number > 0),
    CONSTRAINT law_deployments_law_stored FOREIGN KEY (law) REFERENCES laws (digest),
    CONSTRAINT law_deployments_by_named CHECK (deployed_by <> '')
);
CREATE TRIGGER law_deployments_written_once BEFORE UPDATE OR DELETE ON law_deployments
    FOR EACH ROW EXECUTE FUNCTION relance_refuse_change();
