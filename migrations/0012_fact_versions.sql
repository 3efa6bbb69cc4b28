-- Versions of facts that newer ones replaced: what was known on a past day is counted from them. They are kept by the
-- table itself, set-wise and only where a version is replaced; the feed's own marks are not worth keeping.
CREATE TABLE fact_versions (
    sequence bigint NOT NULL,
    time timestamptz NOT NULL,
    creditor text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    debtor text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    data text NOT NULL,
    CONSTRAINT fact_versions_pkey PRIMARY KEY (creditor, kind, id, time, sequence, event_id)
);
CREATE INDEX fact_versions_by_account ON fact_versions (creditor, debtor);

CREATE FUNCTION keep_fact_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fact_versions (sequence, time, creditor, kind, id, debtor, event_id, data)
    SELECT before.sequence, before.time, creditor, kind, id, before.debtor, before.event_id, before.data
    FROM before JOIN after USING (creditor, kind, id)
    WHERE (before.time, before.sequence, before.event_id) <> (after.time, after.sequence, after.event_id)
      AND before.debtor IS NOT NULL AND kind <> 'payments.synced'
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER facts_keep_versions AFTER UPDATE ON facts
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION keep_fact_versions();
