using static Verolux.Exporter.Dashboards.Panel;
using static Verolux.Exporter.Dashboards.Query;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>What the product keeps its state and its work in: PostgreSQL, Redis, and RabbitMQ's queues.</summary>
static class DatabaseBoard
{
    const string Down = "RUNBOOK_DATABASE_DOWN";
    const string Backlog = "RUNBOOK_QUEUE_BACKLOG";
    const string NoPostgres = "No PostgreSQL server is looked at, or none can be read";
    const string NoRedis = "No Redis server is looked at, or none can be read";
    const string NoQueue = "No queue is looked at, or no broker can be read";

    public static Board Board { get; } = new(
        "verolux-databases", "Verolux: Databases and queues", "Whether PostgreSQL, Redis and RabbitMQ can be used by a new client, what they lack, and what waits in the queues.",
        [
            new("server", "Server", "{__name__=~\"verolux_postgres_up|verolux_redis_up\"}"),
            new("broker", "Broker", "verolux_rabbitmq_up{}"),
            new("vhost", "Virtual host", "verolux_rabbitmq_queue_messages_threshold{$broker}"),
            new("queue", "Queue", "verolux_rabbitmq_queue_messages_threshold{$broker,$vhost}"),
        ],
        [
            new("Now",
            [
                Stat("PostgreSQL down", "short", "Normal is 0. Servers that no new client gets into.", "Unknown: no PostgreSQL server is looked at", "sum(max by (site, server) (verolux_postgres_up{$server}) == bool 0)").BadFromOne().See(Down),
                Stat("Redis down", "short", "Normal is 0. Servers that no new client gets into.", "Unknown: no Redis server is looked at", "sum(max by (site, server) (verolux_redis_up{$server}) == bool 0)").BadFromOne().See(Down),
                Stat("Brokers down", "short", "Normal is 0. A backlog in the queues of one that is down would not be seen.", "Unknown: no broker is looked at", "sum(max by (site, broker) (verolux_rabbitmq_up{$broker}) == bool 0)").BadFromOne().See(Backlog),
                Stat("Backed-up queues", "short", "Normal is 0. Queues with more messages than their threshold.", NoQueue,
                    "sum(max by (site, broker, vhost, queue) (verolux_rabbitmq_queue_messages{$broker,$vhost,$queue}) > bool on (site, broker, vhost, queue) max by (site, broker, vhost, queue) (verolux_rabbitmq_queue_messages_threshold{$broker,$vhost,$queue}))").BadFromOne().See(Backlog),
                Stat("Queues nobody takes from", "short", "Normal is 0. Without a consumer a queue only grows: start the worker.", NoQueue, "sum(max by (site, broker, vhost, queue) (verolux_rabbitmq_queue_consumers{$broker,$vhost,$queue}) == bool 0)").BadFromOne().See(Backlog),
                Stat("Brokers in alarm", "short", "Normal is 0. Out of memory or disk a broker takes no message from anybody.", NoQueue,
                    "sum(max by (site, broker) ({__name__=~\"verolux_rabbitmq_memory_alarm|verolux_rabbitmq_disk_alarm\",$broker}))").BadFromOne().See(Backlog),
                Timeline("PostgreSQL", "up", "down", "Normal is up. Unknown: the exporter was away.", NoPostgres, State("verolux_postgres_up{$server}", "site, server"), "{{site}} {{server}}").Of(8, 6).See(Down),
                Timeline("Redis", "up", "down", "Normal is up. Unknown: the exporter was away.", NoRedis, State("verolux_redis_up{$server}", "site, server"), "{{site}} {{server}}").Of(8, 6).See(Down),
                Timeline("RabbitMQ", "up", "down", "Normal is up. Unknown: the exporter was away.", NoQueue, State("verolux_rabbitmq_up{$broker}", "site, broker"), "{{site}} {{broker}}").Of(8, 6).See(Backlog),
                Table("Why looks fail", "short", "The reason of each newest look that failed: auth is a password, refused a server that does not run, timeout one that hangs.", "No look fails",
                    """max by (site, server, broker, reason) ({__name__=~"verolux_postgres_failure|verolux_redis_failure",$server} or verolux_rabbitmq_failure{$broker})""", "site", "server", "broker", "reason", "fails").Of(24, 5).See(Down),
            ]),
            new("Queues",
            [
                Graph("Messages", "short", "Ready and unacknowledged. Normal is near 0, or falling; above the line the queue is backed up. Twenty at most.", NoQueue,
                    "topk(20, max by (site, broker, vhost, queue) (verolux_rabbitmq_queue_messages{$broker,$vhost,$queue}))", "{{site}} {{broker}} {{queue}}")
                    .Line("max by (site, broker, vhost) (verolux_rabbitmq_queue_messages_threshold{$broker,$vhost,$queue})", "{{site}} {{broker}}, backed up above").See(Backlog),
                Graph("Growth", "suffix: messages/min", "Below 0 a queue drains: divide what is in it by this and you have the minutes it takes. Twenty at most.", NoQueue,
                    "topk(20, max by (site, broker, vhost, queue) (deriv(verolux_rabbitmq_queue_messages{$broker,$vhost,$queue}[5m]))) * 60", "{{site}} {{broker}} {{queue}}").See(Backlog),
                Graph("Unacknowledged messages", "short", "Handed out and not done. Many with few consumers: a consumer hangs. Twenty at most.", "No broker tells: its management_url is not configured",
                    "topk(20, max by (site, broker, vhost, queue) (verolux_rabbitmq_queue_messages_unacknowledged{$broker,$vhost,$queue}))", "{{site}} {{broker}} {{queue}}").See(Backlog),
                Graph("Consumers", "short", "Normal is what the workers are configured for; 0 is a worker that has gone. The twenty with fewest.", NoQueue,
                    "bottomk(20, max by (site, broker, vhost, queue) (verolux_rabbitmq_queue_consumers{$broker,$vhost,$queue}))", "{{site}} {{broker}} {{queue}}").See(Backlog),
                Table("Queues", "short", "Whether each configured queue is there: 1 yes, 0 no. One that is not has another name, or its declaring service does not run.", NoQueue,
                    "bottomk(100, max by (site, broker, vhost, queue) (verolux_rabbitmq_queue_exists{$broker,$vhost,$queue}))", "site", "broker", "vhost", "queue", "there").In(new(1, "there", "green"), new(0, "missing", "red")).Of(24, 6).See(Backlog),
            ]),
            new("PostgreSQL",
            [
                Graph("Connections", "short", "By state. Normal is well below the line; at it no new client gets in. Many idle in transaction: a client forgets to commit.", NoPostgres,
                    "sum by (site, server, state) (max by (site, server, state) (verolux_postgres_connections{$server}))", "{{site}} {{server}} {{state}}")
                    .Line("max by (site, server) (verolux_postgres_connections_limit{$server})", "{{site}} {{server}}, all there are").Stacked().See(Down),
                Graph("Oldest transaction", "s", "Normal is seconds. One that is open for long holds locks, and keeps vacuum from cleaning up.", NoPostgres,
                    "time() - min by (site, server) (verolux_postgres_oldest_transaction_timestamp_seconds{$server}) or on (site, server) (max by (site, server) (verolux_postgres_up{$server}) == 1) * 0", "{{site}} {{server}}"),
                Graph("Replication lag", "s", "By how much a standby is behind. Normal is below a second; a failover loses as much.", "No standby is looked at", "max by (site, server) (verolux_postgres_replication_lag_seconds{$server})", "{{site}} {{server}}"),
                Graph("Deadlocks in 5 minutes", "short", "Normal is none. They are the application's: two of its transactions take the same rows in another order.", NoPostgres, Per5m("verolux_postgres_deadlocks_total{$server}", "site, server", "site, server"), "{{site}} {{server}}"),
                Graph("Size of the largest databases", "bytes", "Normal grows slowly. Ten at most.", NoPostgres, "topk(10, max by (site, server, database) (verolux_postgres_database_size_bytes{$server}))", "{{site}} {{server}} {{database}}"),
                Graph("How long a look at PostgreSQL takes", "s", "Connect, log in, ask. Normal is milliseconds; it rises before the server goes down.", NoPostgres, "max by (site, server) (verolux_postgres_probe_duration_seconds{$server})", "{{site}} {{server}}"),
                Table("Servers", "short", "Version, and whether it replays what another one writes.", NoPostgres,
                    "max by (site, server, version) (verolux_postgres_info{$server} * on (site, server) group_left () max by (site, server) (verolux_postgres_in_recovery{$server}))", "site", "server", "version", "role").In(new(0, "primary", "text"), new(1, "standby", "text")).Of(24, 4),
            ], IsCollapsed: true),
            new("Redis",
            [
                Graph("Redis' memory", "bytes", "Normal is below the line, where there is one; at it keys are thrown out, or writes refused.", NoRedis, "max by (site, server) (verolux_redis_memory_used_bytes{$server})", "{{site}} {{server}}")
                    .Line("max by (site, server) (verolux_redis_memory_limit_bytes{$server})", "{{site}} {{server}}, all it may take").See(Down),
                Graph("Redis' clients", "short", "Normal is steady. Blocked ones wait for work, which is normal for workers.", NoRedis, "max by (site, server) (verolux_redis_clients{$server})", "{{site}} {{server}}")
                    .And("max by (site, server) (verolux_redis_blocked_clients{$server})", "{{site}} {{server}}, blocked"),
                Graph("Keys thrown out and clients refused in 5 minutes", "short", "Normal is none of either. Thrown out: out of memory. Refused: out of connections.", NoRedis, Per5m("verolux_redis_evicted_keys_total{$server}", "site, server", "site, server"), "{{site}} {{server}}, keys")
                    .And(Per5m("verolux_redis_rejected_connections_total{$server}", "site, server", "site, server"), "{{site}} {{server}}, clients").See(Down),
                Graph("How long a look at Redis takes", "s", "Connect, log in, ask. Normal is milliseconds; slow commands of others hold it up.", NoRedis, "max by (site, server) (verolux_redis_probe_duration_seconds{$server})", "{{site}} {{server}}"),
                Table("Last save", "short", "Whether the server could save when it last tried. One that can't refuses writes.", NoRedis,
                    "min by (site, server, role, version) (verolux_redis_info{$server} * on (site, server) group_left () min by (site, server) (verolux_redis_last_save_successful{$server}))", "site", "server", "role", "version", "last save").In(new(1, "good", "green"), new(0, "failed", "red")).Of(12, 5).See(Down),
                Timeline("Replicas", "linked", "cut off", "Whether a replica has its master. Normal is linked.", "No replica is looked at", State("verolux_redis_link_up{$server}", "site, server"), "{{site}} {{server}}").Of(12, 5).See(Down),
            ], IsCollapsed: true),
        ]);
}
