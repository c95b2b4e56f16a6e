#!/bin/sh
# Runs once, when PostgreSQL makes its files. `owner` owns the database and migrates it; `app` serves, and row-level
# security binds it; `mystack_backup` reads all rows of all tenants, and nothing else; `mystack_metrics` counts jobs.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname mystack \
  --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" \
  --set backup="$BACKUP_PASSWORD" --set metrics="$METRICS_PASSWORD" <<'SQL'
CREATE ROLE owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner';
CREATE ROLE app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app';
CREATE ROLE mystack_backup LOGIN NOSUPERUSER BYPASSRLS PASSWORD :'backup' IN ROLE pg_read_all_data;
CREATE ROLE mystack_metrics LOGIN NOSUPERUSER NOBYPASSRLS CONNECTION LIMIT 4 PASSWORD :'metrics';
ALTER DATABASE mystack OWNER TO owner;
ALTER SCHEMA public OWNER TO owner;
CREATE EXTENSION IF NOT EXISTS vector;
SQL
