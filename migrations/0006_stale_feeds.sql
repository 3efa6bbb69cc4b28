-- Creditors whose payments are not reported any more, with the last report that was known when somebody was alerted:
-- of all workers the one whose row this is says so, once for each report.
CREATE TABLE stale_feeds (
    creditor text COLLATE "C" NOT NULL,
    through timestamptz NOT NULL,
    told_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stale_feeds_pkey PRIMARY KEY (creditor)
);
