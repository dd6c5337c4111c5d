CREATE ROLE verolux_exporter LOGIN PASSWORD 'demo-secret' CONNECTION LIMIT 5;
GRANT pg_monitor TO verolux_exporter;
