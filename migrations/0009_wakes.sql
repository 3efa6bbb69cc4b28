-- Accounts that a deployment or an unblocked step makes due, walked through in parts after that is committed: the
-- last one that was made due. A row that stays untouched was left by somebody who died, and a worker goes on with it.
CREATE TABLE wakes (
    number bigint GENERATED ALWAYS AS IDENTITY,
    -- Cases of this workflow that a stopped step held; without one, cases that wait for a workflow.
    workflow text COLLATE "C",
    creditor text COLLATE "C" NOT NULL DEFAULT '',
    debtor text COLLATE "C" NOT NULL DEFAULT '',
    touched_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT wakes_pkey PRIMARY KEY (number)
);
