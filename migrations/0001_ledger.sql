-- The ledger: what came in (inbox), what was refused (quarantine), what is known (facts).
--
-- Keys compare byte by byte (collation "C"), as the program does. JSON is kept as text, the way it was sent:
-- jsonb would round numbers and refuse the escape \u0000.

-- Makes the monthly partitions of a table from last month on. A month whose rows already went to the default
-- partition stays there; nothing is lost, it is only dropped later by hand.
CREATE FUNCTION relance_month_partitions(parent text, months_ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month date;
    name text;
BEGIN
    FOR ahead IN -1..months_ahead LOOP
        month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead))::date;
        name := parent || to_char(month, '_YYYY_MM');
        IF to_regclass(quote_ident(name)) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    name, parent, month, (month + interval '1 month')::date);
            EXCEPTION WHEN check_violation OR duplicate_table THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$;

-- Every event applied, once. The identity is a hash of creditor, source and id; the digest tells a repetition
-- from a second content under the same identity. The identity leads the key, so that one index answers for
-- every month. Two deliveries of one event that race across midnight of a month's first day both pass: facts
-- take the same version only once.
CREATE TABLE inbox (
    received_month date NOT NULL,
    identity uuid NOT NULL,
    digest bigint NOT NULL,
    CONSTRAINT inbox_pkey PRIMARY KEY (identity, received_month)
) PARTITION BY RANGE (received_month);
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;

-- What relance refused, with its reason and original bytes.
CREATE TABLE quarantine (
    number bigint GENERATED ALWAYS AS IDENTITY,
    creditor text COLLATE "C",
    received_at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL,
    field text,
    bytes bytea NOT NULL,
    headers text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    CONSTRAINT quarantine_pkey PRIMARY KEY (number),
    CONSTRAINT quarantine_state_known CHECK (state IN ('waiting', 'replayed', 'dropped'))
);
CREATE INDEX quarantine_waiting ON quarantine (number) WHERE state = 'waiting';

-- One row for each creditor: locked before any of its accounts; exclusively where facts of the creditor change.
CREATE TABLE creditors (
    creditor text COLLATE "C" NOT NULL,
    seq bigint NOT NULL DEFAULT 0,
    CONSTRAINT creditors_pkey PRIMARY KEY (creditor)
) WITH (fillfactor = 50);

-- The newest version of everything a platform stated. `debtor` is '' for facts of the creditor itself and null
-- while it is not known whose fact it is; `awaits` then names what will tell.
CREATE TABLE facts (
    sequence bigint NOT NULL,
    time timestamptz NOT NULL,
    creditor text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    debtor text COLLATE "C",
    awaits text COLLATE "C",
    event_id text COLLATE "C" NOT NULL,
    data text NOT NULL,
    CONSTRAINT facts_pkey PRIMARY KEY (creditor, kind, id),
    CONSTRAINT facts_kind_known CHECK (kind IN (
        'creditor.upserted', 'payments.synced', 'debtor.upserted', 'debtor.insolvency_opened', 'invoice.upserted',
        'invoice.voided', 'credit_note.upserted', 'payment.upserted', 'dispute.opened', 'dispute.resolved',
        'promise.made', 'promise.withdrawn', 'plan.agreed', 'plan.cancelled', 'hold.placed', 'hold.released',
        'contact.recorded', 'feedback.received', 'approval.answered', 'task.answered', 'notice.status')),
    CONSTRAINT facts_attached_or_awaiting CHECK (debtor IS NOT NULL OR awaits IS NOT NULL)
) WITH (fillfactor = 85);
CREATE INDEX facts_of_account ON facts (creditor, debtor) WHERE debtor IS NOT NULL;
CREATE INDEX facts_parked ON facts (creditor, awaits) WHERE debtor IS NULL;

SELECT relance_month_partitions('inbox', 3);
