-- Notices are claimed channel by channel, oldest first: what waits for a carrier of another channel is not looked at.
CREATE INDEX notices_ordered_by_channel ON notices (channel, ordered_at) WHERE state = 'ordered';
DROP INDEX notices_ordered;

-- When a process with this timetable last said so: one with another timetable waits until nobody does any more.
ALTER TABLE schedules ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();
