-- A deployed law makes every account with an open case due: days are counted by other calendars from then on. Such a row
-- names no workflow.
ALTER TABLE wakes
    ADD COLUMN open_cases boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT wakes_one_kind CHECK (NOT open_cases OR workflow IS NULL);
