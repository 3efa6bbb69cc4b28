-- How debtors pay: of each account as it was last decided, and of a creditor's debtors together, counted once a day.
ALTER TABLE accounts
    ADD COLUMN paid integer NOT NULL DEFAULT 0,
    ADD COLUMN paid_late integer NOT NULL DEFAULT 0,
    ADD COLUMN days_late integer NOT NULL DEFAULT 0;

CREATE TABLE peers (
    creditor text COLLATE "C" NOT NULL,
    debtors bigint NOT NULL,
    share_late numeric NOT NULL,
    days_late integer NOT NULL,
    counted_at timestamptz NOT NULL,
    CONSTRAINT peers_pkey PRIMARY KEY (creditor)
);
