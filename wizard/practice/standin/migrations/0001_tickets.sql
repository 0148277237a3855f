CREATE TABLE tickets (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body       text NOT NULL DEFAULT '',
    opened_by  text NOT NULL,
    opened_on  text NOT NULL,
    opened_at  timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN tickets.opened_on IS 'host name of the application server that took the ticket';
