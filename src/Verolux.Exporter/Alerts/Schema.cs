using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts;

/// <summary>The tables, and how an older file becomes a current one: each step is applied once, in order, and never edited afterwards.</summary>
static class Schema
{
    /// <summary>The columns of incidents but its number, before ends were doubted.</summary>
    const string Doubtless =
        """
        series, state, alertname, severity, fingerprint, runbook_url, response_sla_seconds, respond_by, starts_at, ends_at, opened_at, updated_at, alert, runbook, match, scenario, triage,
        signals, ended_at, site, slo, outcome, first_acknowledged_at, acknowledged_at, acknowledged_by, level, escalate_at, reopened, is_storm, storm, customer_facing, security, major_outage
        """;

    static readonly string[] Steps =
    [
        // Times are Unix milliseconds. `alert` is the newest JSON of the alert as Alertmanager sent it.
        """
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
        ) STRICT;
        CREATE INDEX incidents_by_series ON incidents (series);
        CREATE INDEX incidents_open ON incidents (id) WHERE state = 'firing';
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
        CREATE INDEX outbox_by_incident ON outbox (incident);
        CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending';
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
        """,
        // What the exporter's own measurements said when the incident opened: the runbook and how it was found, the likeliest scenario's id, and all of it as JSON.
        """
        ALTER TABLE incidents ADD COLUMN runbook  TEXT;
        ALTER TABLE incidents ADD COLUMN match    TEXT;
        ALTER TABLE incidents ADD COLUMN scenario TEXT;
        ALTER TABLE incidents ADD COLUMN triage   TEXT;
        """,
        // What was heard (`signals`, with `ended_at` for when the end was), the clock of the response SLA, who has it in hand, and how far up it has gone;
        // a storm stands for the incidents that share its page.
        // `tallies` holds the counters that neither a restart may reset nor retention lower.
        """
        ALTER TABLE incidents ADD COLUMN signals               TEXT;
        ALTER TABLE incidents ADD COLUMN ended_at              INTEGER;
        ALTER TABLE incidents ADD COLUMN site                  TEXT    NOT NULL DEFAULT '';
        ALTER TABLE incidents ADD COLUMN slo                   TEXT;
        ALTER TABLE incidents ADD COLUMN outcome               TEXT;
        ALTER TABLE incidents ADD COLUMN first_acknowledged_at INTEGER;
        ALTER TABLE incidents ADD COLUMN acknowledged_at       INTEGER;
        ALTER TABLE incidents ADD COLUMN acknowledged_by       TEXT;
        ALTER TABLE incidents ADD COLUMN level                 INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE incidents ADD COLUMN escalate_at           INTEGER;
        ALTER TABLE incidents ADD COLUMN reopened              INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE incidents ADD COLUMN is_storm              INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE incidents ADD COLUMN storm                 INTEGER;
        ALTER TABLE incidents ADD COLUMN customer_facing       INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE incidents ADD COLUMN security              INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE incidents ADD COLUMN major_outage          INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX incidents_by_storm ON incidents (storm) WHERE storm IS NOT NULL;
        CREATE INDEX incidents_ended ON incidents (ended_at) WHERE ended_at IS NOT NULL;
        CREATE TABLE timeline (
          id       INTEGER PRIMARY KEY AUTOINCREMENT,
          incident INTEGER NOT NULL REFERENCES incidents (id),
          at       INTEGER NOT NULL,
          event    TEXT    NOT NULL,
          who      TEXT,
          source   TEXT,
          text     TEXT    NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX timeline_by_incident ON timeline (incident);
        CREATE TABLE tallies (
          metric TEXT    NOT NULL,
          first  TEXT    NOT NULL,
          second TEXT    NOT NULL,
          count  INTEGER NOT NULL,
          sum    REAL    NOT NULL,
          PRIMARY KEY (metric, first, second)
        ) STRICT, WITHOUT ROWID;
        """,
        // Deliveries by level, acknowledgements among them. `failover_of` is the delivery that one stands in for; `reference` is the destination's own name for
        // what it has taken. The table is made anew, since a check can't be changed; its numbers go on where they were.
        """
        CREATE TABLE outbox_with_levels (
          id          INTEGER PRIMARY KEY AUTOINCREMENT,
          destination TEXT    NOT NULL,
          incident    INTEGER NOT NULL REFERENCES incidents (id),
          series      BLOB    NOT NULL,
          severity    TEXT    NOT NULL,
          action      TEXT    NOT NULL CHECK (action IN ('trigger', 'acknowledge', 'resolve')),
          level       INTEGER NOT NULL DEFAULT 1 CHECK (level BETWEEN 1 AND 4),
          dedup_key   TEXT    NOT NULL,
          state       TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
          attempts    INTEGER NOT NULL DEFAULT 0,
          created_at  INTEGER NOT NULL,
          due_at      INTEGER NOT NULL,
          ended_at    INTEGER,
          last_error  TEXT,
          failover_of INTEGER,
          reference   TEXT
        ) STRICT;
        INSERT INTO outbox_with_levels (id, destination, incident, series, severity, action, dedup_key, state, attempts, created_at, due_at, ended_at, last_error)
          SELECT id, destination, incident, series, severity, action, dedup_key, state, attempts, created_at, due_at, ended_at, last_error FROM outbox;
        DELETE FROM sqlite_sequence WHERE name = 'outbox_with_levels';
        UPDATE sqlite_sequence SET name = 'outbox_with_levels' WHERE name = 'outbox';
        DROP TABLE outbox;
        ALTER TABLE outbox_with_levels RENAME TO outbox;
        CREATE INDEX outbox_by_incident ON outbox (incident);
        CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending';
        CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
        """,
        // What PagerDuty told, so that no event is heard twice, and which of its incidents is which of ours; and what people say of the runbooks they followed.
        """
        CREATE TABLE pagerduty_events (
          id                 TEXT    PRIMARY KEY,
          received_at        INTEGER NOT NULL,
          pagerduty_incident TEXT,
          incident           INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX pagerduty_events_matched ON pagerduty_events (pagerduty_incident) WHERE incident IS NOT NULL;
        CREATE TABLE feedback (
          incident INTEGER PRIMARY KEY REFERENCES incidents (id),
          runbook  TEXT    NOT NULL,
          revision TEXT    NOT NULL,
          at       INTEGER NOT NULL,
          worked   INTEGER NOT NULL,
          who      TEXT    NOT NULL,
          note     TEXT    NOT NULL
        ) STRICT;
        CREATE INDEX feedback_failed ON feedback (at) WHERE worked = 0;
        """,
        // Ends that wait for proof, and what Alertmanager mutes: who does, as JSON, and when that was last over, and whether a person ended it. The table is made anew, since a check can't be changed; its numbers go on where they were.
        $"""
        CREATE TABLE incidents_with_doubt (
          id            INTEGER PRIMARY KEY AUTOINCREMENT,
          series        BLOB    NOT NULL,
          state         TEXT    NOT NULL CHECK (state IN ('firing', 'resolving', 'unverified', 'resolved', 'missed')),
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
          alert         TEXT    NOT NULL,
          runbook       TEXT,
          match         TEXT,
          scenario      TEXT,
          triage        TEXT,
          signals       TEXT,
          ended_at      INTEGER,
          site          TEXT    NOT NULL DEFAULT '',
          slo           TEXT,
          outcome       TEXT,
          first_acknowledged_at INTEGER,
          acknowledged_at       INTEGER,
          acknowledged_by       TEXT,
          level         INTEGER NOT NULL DEFAULT 1,
          escalate_at   INTEGER,
          reopened      INTEGER NOT NULL DEFAULT 0,
          is_storm      INTEGER NOT NULL DEFAULT 0,
          storm         INTEGER,
          customer_facing       INTEGER NOT NULL DEFAULT 0,
          security      INTEGER NOT NULL DEFAULT 0,
          major_outage  INTEGER NOT NULL DEFAULT 0,
          mute          TEXT,
          unmuted_at    INTEGER,
          closed_by_hand        INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO incidents_with_doubt (id, {Doubtless})
          SELECT id, {Doubtless} FROM incidents;
        DELETE FROM sqlite_sequence WHERE name = 'incidents_with_doubt';
        UPDATE sqlite_sequence SET name = 'incidents_with_doubt' WHERE name = 'incidents';
        DROP TABLE incidents;
        ALTER TABLE incidents_with_doubt RENAME TO incidents;
        CREATE INDEX incidents_by_series ON incidents (series);
        CREATE INDEX incidents_open ON incidents (id) WHERE state IN ('firing', 'resolving', 'unverified');
        CREATE INDEX incidents_by_storm ON incidents (storm) WHERE storm IS NOT NULL;
        CREATE INDEX incidents_ended ON incidents (ended_at) WHERE ended_at IS NOT NULL;
        """,
        // When the exporter last ran, and for which times nobody has asked yet what fired while it did not.
        """
        CREATE TABLE alive (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE absences (
          id       INTEGER PRIMARY KEY AUTOINCREMENT,
          began_at INTEGER NOT NULL,
          ended_at INTEGER NOT NULL
        ) STRICT;
        """,
    ];

    /// <summary>Changes nothing and is written to the disk all the same: the pragma always writes the first page.</summary>
    public static string Touch { get; } = $"PRAGMA user_version = {Steps.Length}";

    public static void Prepare(SqliteConnection connection)
    {
        // The journal mode is remembered by the file, the others are not.
        Run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;");
        // In an alert storm each row dirties pages of the index all over the file: with the defaults (2 MB of cache, a checkpoint every 4 MB) they are read and
        // written back again and again. The cache is only as large as what is in use.
        Run(connection, "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8192;");
        // A step may make a table anew that others refer to.
        Run(connection, "PRAGMA foreign_keys = OFF;");
        using var version = new SqliteCommand("PRAGMA user_version", connection);
        var done = Convert.ToInt32(version.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        if (done > Steps.Length)
            throw new StoreException($"the store {connection.DataSource} was written by a newer version of the exporter; run that version, or set alerts.store to another file");
        for (; done < Steps.Length; done++)
            Run(connection, $"BEGIN IMMEDIATE; {Steps[done]} {(done == 0 ? FirstNumber() : "")} PRAGMA user_version = {done + 1}; COMMIT;");
        Run(connection, "PRAGMA foreign_keys = ON;");
    }

    static string FirstNumber() => $"INSERT INTO sqlite_sequence (name, seq) VALUES ('incidents', {Random.Shared.NextInt64(Incidents.IncidentNumber.Lowest, Incidents.IncidentNumber.Highest)});";

    static void Run(SqliteConnection connection, string sql)
    {
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
