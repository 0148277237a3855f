"""PostgreSQL objects looked at and changed through psycopg."""
