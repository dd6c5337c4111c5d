BEGIN TRANSACTION;
CREATE TABLE incidents (
          id            INTEGER PRIMARY KEY AUTOINCREMENT,
          series        BLOB    NOT NULL,
          state         TEXT    NOT NULL CHECK (state IN ('firing', 'resolved', 'missed')),
          alertname     TEXT    NOT NULL,
          severity      TEXT    NOT NULL CHECK (severity IN ('critical', 'warning', 'info', 'none')),
          fingerprint   TEXT    NOT NULL,
          runbook_url   TEXT    NOT NULL,
          response_sla_seconds INTEGER,
          respond_by    INTEGER,
          starts_at     INTEGER NOT NULL,
          ends_at       INTEGER,
          opened_at     INTEGER NOT NULL,
          updated_at    INTEGER NOT NULL,
          alert         TEXT    NOT NULL
        , runbook  TEXT, match    TEXT, scenario TEXT, triage   TEXT) STRICT;
INSERT INTO "incidents" VALUES(40000001,X'00112233445566778899AABBCCDDEEFF','firing','DiskFull','warning','00000000000000aa','http://exporter/runbooks/RUNBOOK_DISK',3600,1795000000000,1794996400000,NULL,1794996400000,1794996400000,'{"status":"firing","labels":{"alertname":"DiskFull","path":"/recordings"},"annotations":{},"fingerprint":"00000000000000aa"}',NULL,NULL,NULL,NULL);
CREATE TABLE outbox (
          id          INTEGER PRIMARY KEY AUTOINCREMENT,
          destination TEXT    NOT NULL,
          incident    INTEGER NOT NULL REFERENCES incidents (id),
          series      BLOB    NOT NULL,
          severity    TEXT    NOT NULL,
          action      TEXT    NOT NULL CHECK (action IN ('trigger', 'resolve')),
          dedup_key   TEXT    NOT NULL,
          state       TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
          attempts    INTEGER NOT NULL DEFAULT 0,
          created_at  INTEGER NOT NULL,
          due_at      INTEGER NOT NULL,
          ended_at    INTEGER,
          last_error  TEXT
        ) STRICT;
INSERT INTO "outbox" VALUES(1,'pagerduty',40000001,X'00112233445566778899AABBCCDDEEFF','warning','trigger','vx1-00112233445566778899aabbccddeeff','delivered',2,1794996400000,1794996400500,1794996401000,NULL);
INSERT INTO "outbox" VALUES(2,'gone',40000001,X'00112233445566778899AABBCCDDEEFF','warning','trigger','vx1-00112233445566778899aabbccddeeff','pending',3,1794996400000,1794996400500,NULL,'answered 503: ');
INSERT INTO "outbox" VALUES(3,'pagerduty',40000001,X'00112233445566778899AABBCCDDEEFF','warning','resolve','vx1-00112233445566778899aabbccddeeff','dead',1,1794996400000,1794996400500,1794996402000,'answered 400: x');
CREATE TABLE quarantine (
          id          INTEGER PRIMARY KEY AUTOINCREMENT,
          received_at INTEGER NOT NULL,
          why         TEXT    NOT NULL,
          raw         BLOB    NOT NULL
        ) STRICT;
CREATE TABLE watchdogs (
          alertmanager TEXT    PRIMARY KEY,
          last_seen    INTEGER NOT NULL
        ) STRICT;
CREATE INDEX incidents_by_series ON incidents (series);
CREATE INDEX incidents_open ON incidents (id) WHERE state = 'firing';
CREATE INDEX outbox_by_incident ON outbox (incident);
CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('incidents',40000001);
INSERT INTO "sqlite_sequence" VALUES('outbox',9);
COMMIT;
PRAGMA user_version = 2;
