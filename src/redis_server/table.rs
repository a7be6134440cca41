//! The rows of [`directives`](super::directives), in the order of the alphabet.

use super::directives::{Directive, In5, Kind, Runtime};
use super::version::Version;

const V6_0: Version = Version::V6_0;
const V6_2: Version = Version::V6_2;
const V7_0: Version = Version::V7_0;
const V7_2: Version = Version::V7_2;
const V7_4: Version = Version::V7_4;
const V8_0: Version = Version::V8_0;
const I32: i64 = i32::MAX as i64;
const U32: i64 = u32::MAX as i64;
const I64: i64 = i64::MAX;

const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];
const FACILITIES: &[&str] = &["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];
const SHUTDOWN: Kind = Kind::Words(&["default", "save", "nosave", "now", "force"]);

const fn row(name: &'static str, kind: Kind) -> Directive {
    Directive {
        name,
        old: None,
        kind,
        since: Version::V5_0,
        until: None,
        default: "",
        runtime: Runtime::Changes,
        later_word: None,
        wider_before: None,
        lenient_before: V6_0,
        in_5: In5::Nothing,
        ignored_since: None,
        hidden: false,
    }
}

const fn switch(name: &'static str) -> Directive {
    row(name, Kind::Switch)
}

const fn word(name: &'static str, words: &'static [&'static str]) -> Directive {
    row(name, Kind::Word(words))
}

const fn number(name: &'static str, min: i64, max: i64) -> Directive {
    row(name, Kind::Number { min, max })
}

const fn octal(name: &'static str) -> Directive {
    row(name, Kind::Octal)
}

const fn memory(name: &'static str, min: i64) -> Directive {
    row(name, Kind::Memory { min })
}

const fn memory_or_percent(name: &'static str) -> Directive {
    row(name, Kind::MemoryOrPercent)
}

const fn file_name(name: &'static str, may_be_empty: bool) -> Directive {
    row(name, Kind::FileName { may_be_empty })
}

const fn text(name: &'static str) -> Directive {
    row(name, Kind::Text)
}

/// What most rows leave as it is.
impl Directive {
    const fn old(self, name: &'static str) -> Self {
        self.old_since(name, Version::V5_0)
    }

    const fn old_since(self, name: &'static str, since: Version) -> Self {
        Directive { old: Some((name, since)), ..self }
    }

    const fn since(self, since: Version) -> Self {
        Directive { since, ..self }
    }

    const fn until(self, until: Version) -> Self {
        Directive { until: Some(until), ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Directive { default, ..self }
    }

    const fn fixed(self) -> Self {
        Directive { runtime: Runtime::Fixed, ..self }
    }

    const fn protected(self) -> Self {
        Directive { runtime: Runtime::Protected, ..self }
    }

    const fn later_word(self, word: &'static str, since: Version) -> Self {
        Directive { later_word: Some((word, since)), ..self }
    }

    const fn wider_before(self, version: Version, max: i64) -> Self {
        Directive { wider_before: Some((version, max)), ..self }
    }

    const fn lenient_before(self, version: Version) -> Self {
        Directive { lenient_before: version, ..self }
    }

    const fn checked_by_5(self) -> Self {
        self.in_5(In5::Bounds)
    }

    const fn in_5(self, in_5: In5) -> Self {
        Directive { in_5, ..self }
    }

    const fn ignored_since(self, version: Version) -> Self {
        Directive { ignored_since: Some(version), ..self }
    }

    const fn hidden(self) -> Self {
        Directive { hidden: true, ..self }
    }
}

/// One row per directive; defaults are those of the newest version that has them.
pub(super) const TABLE: &[Directive] = &[
    word("acl-pubsub-default", &["allchannels", "resetchannels"]).since(V6_2).default("resetchannels"),
    text("aclfile").since(V6_0).fixed(),
    number("acllog-max-len", 0, I64).since(V6_0).default("128"),
    number("active-defrag-cycle-max", 1, 99).default("25").checked_by_5(),
    number("active-defrag-cycle-min", 1, 99).default("1").checked_by_5(),
    memory("active-defrag-ignore-bytes", 1).default("104857600"),
    number("active-defrag-max-scan-fields", 1, I64).default("1000").in_5(In5::NotZero),
    number("active-defrag-threshold-lower", 0, 1_000).default("10").checked_by_5(),
    number("active-defrag-threshold-upper", 0, 1_000).default("100").checked_by_5(),
    number("active-expire-effort", 1, 10).since(V6_0).default("1"),
    switch("activedefrag").default("no"),
    switch("activerehashing").default("yes"),
    switch("always-show-logo").default("no").fixed(),
    switch("aof-disable-auto-gc").since(V7_0).default("no").hidden(),
    switch("aof-load-truncated").default("yes"),
    text("aof-rewrite-cpulist").old_since("aof_rewrite_cpulist", V6_0).since(V7_4).fixed(),
    switch("aof-rewrite-incremental-fsync").default("yes"),
    switch("aof-timestamp-enabled").since(V7_0).default("no"),
    switch("aof-use-rdb-preamble").default("yes"),
    file_name("appenddirname", false).since(V7_0).default("appendonlydir").fixed(),
    file_name("appendfilename", false).default("appendonly.aof").fixed(),
    word("appendfsync", &["everysec", "always", "no"]).default("everysec"),
    switch("appendonly").default("no"),
    memory("auto-aof-rewrite-min-size", 0).default("67108864"),
    number("auto-aof-rewrite-percentage", 0, I32).default("100").checked_by_5(),
    text("bgsave-cpulist").old_since("bgsave_cpulist", V6_0).since(V7_4).fixed(),
    row("bind", Kind::Addresses).default("* -::*"),
    text("bind-source-addr").since(V7_0),
    text("bio-cpulist").old_since("bio_cpulist", V6_0).since(V7_4).fixed(),
    number("busy-reply-threshold", 0, I64).old("lua-time-limit").since(V7_0).default("5000"),
    row("client-output-buffer-limit", Kind::ClientLimits)
        .default("normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60"),
    memory("client-query-buffer-limit", 1_048_576).default("1073741824").lenient_before(V6_2),
    switch("cluster-allow-pubsubshard-when-down").since(V7_0).default("yes"),
    switch("cluster-allow-reads-when-down").since(V6_0).default("no"),
    switch("cluster-allow-replica-migration").since(V6_2).default("yes"),
    number("cluster-announce-bus-port", 0, 65_535).default("0").checked_by_5(),
    row("cluster-announce-hostname", Kind::HostName).since(V7_0),
    row("cluster-announce-human-nodename", Kind::NodeName).since(V7_2),
    text("cluster-announce-ip"),
    number("cluster-announce-port", 0, 65_535).default("0").checked_by_5(),
    number("cluster-announce-tls-port", 0, 65_535).since(V6_2).default("0"),
    number("cluster-compatibility-sample-ratio", 0, 100).since(V8_0).default("0"),
    text("cluster-config-file").default("nodes.conf").fixed(),
    switch("cluster-enabled").default("no").fixed(),
    memory("cluster-link-sendbuf-limit", 0).since(V7_0).default("0"),
    number("cluster-migration-barrier", 0, I32).default("1").checked_by_5(),
    number("cluster-node-timeout", 0, I64).default("15000").in_5(In5::Least(1)),
    number("cluster-ping-interval", 0, I64).since(V7_2).hidden(),
    number("cluster-port", 0, 65_535).since(V7_0).default("0").fixed(),
    word("cluster-preferred-endpoint-type", &["ip", "hostname", "unknown-endpoint"]).since(V7_0).default("ip"),
    switch("cluster-replica-no-failover").old("cluster-slave-no-failover").default("no"),
    number("cluster-replica-validity-factor", 0, I32).old("cluster-slave-validity-factor").default("10").checked_by_5(),
    switch("cluster-require-full-coverage").default("yes"),
    switch("crash-log-enabled").since(V6_2).default("yes"),
    switch("crash-memcheck-enabled").since(V6_2).default("yes"),
    switch("daemonize").default("no").fixed(),
    number("databases", 1, I32).default("16").fixed().checked_by_5(),
    file_name("dbfilename", true).default("dump.rdb").protected(),
    text("dir").protected(),
    switch("disable-thp").since(V6_2).default("yes").fixed(),
    switch("dynamic-hz").default("yes"),
    word("enable-debug-command", &["no", "yes", "local"]).since(V7_0).default("no").fixed(),
    word("enable-module-command", &["no", "yes", "local"]).since(V7_0).default("no").fixed(),
    word("enable-protected-configs", &["no", "yes", "local"]).since(V7_0).default("no").fixed(),
    switch("gopher-enabled").since(V6_0).until(V6_2).default("no"),
    number("hash-max-listpack-entries", 0, I64).old("hash-max-ziplist-entries").since(V7_0).default("512"),
    memory("hash-max-listpack-value", 0).old("hash-max-ziplist-value").since(V7_0).default("64"),
    switch("hide-user-data-from-log").since(V7_4).default("no"),
    memory("hll-sparse-max-bytes", 0).default("3000"),
    number("hz", 0, I32).default("10"),
    text("ignore-warnings"),
    row("include", Kind::Include).fixed(),
    number("io-threads", 1, 128).since(V6_0).default("1").fixed(),
    switch("io-threads-do-reads").since(V6_0).default("no").fixed(),
    switch("jemalloc-bg-thread").since(V6_0).default("yes"),
    number("key-load-delay", -I32 - 1, I32).since(V6_0).default("0").hidden(),
    number("latency-monitor-threshold", 0, I64).default("0").in_5(In5::Least(0)),
    switch("latency-tracking").since(V7_0).default("yes"),
    row("latency-tracking-info-percentiles", Kind::Percentiles).since(V7_0).default("50 99 99.9"),
    switch("lazyfree-lazy-eviction").default("no"),
    switch("lazyfree-lazy-expire").default("no"),
    switch("lazyfree-lazy-server-del").default("no"),
    switch("lazyfree-lazy-user-del").since(V6_0).default("no"),
    switch("lazyfree-lazy-user-flush").since(V6_2).default("no"),
    number("lfu-decay-time", 0, I32).default("1").checked_by_5(),
    number("lfu-log-factor", 0, I32).default("10").checked_by_5(),
    number("list-compress-depth", 0, I32).default("0"),
    number("list-max-listpack-size", -I32 - 1, I32).old("list-max-ziplist-size").since(V7_0).default("-2"),
    text("list-max-ziplist-entries").ignored_since(Version::V5_0),
    text("list-max-ziplist-value").ignored_since(Version::V5_0),
    number("loading-process-events-interval-bytes", 1_024, I32).since(V7_0).hidden(),
    row("loadmodule", Kind::Module).fixed(),
    text("locale-collate").since(V7_2),
    text("logfile").fixed(),
    word("loglevel", &["debug", "verbose", "notice", "warning", "nothing"])
        .default("notice")
        .later_word("nothing", V7_2),
    switch("lua-enable-deprecated-api").since(V7_0).until(V7_0).hidden(),
    switch("lua-replicate-commands").default("yes").ignored_since(V7_0),
    text("masterauth"),
    text("masteruser").since(V6_0),
    number("max-new-connections-per-cycle", 1, 1_000).since(V7_4).default("10"),
    number("max-new-tls-connections-per-cycle", 1, 1_000).since(V7_4).default("1"),
    number("maxclients", 1, U32).default("10000").in_5(In5::NotZero),
    memory("maxmemory", 0).default("0"),
    memory_or_percent("maxmemory-clients").since(V7_0).default("0"),
    number("maxmemory-eviction-tenacity", 0, 100).since(V6_2).default("10"),
    word("maxmemory-policy", POLICIES).default("noeviction"),
    number("maxmemory-samples", 1, 64).default("5").checked_by_5().wider_before(V7_4, I32),
    number("min-replicas-max-lag", 0, I32).old("min-slaves-max-lag").default("10").checked_by_5(),
    number("min-replicas-to-write", 0, I32).old("min-slaves-to-write").default("0").checked_by_5(),
    switch("no-appendfsync-on-rewrite").default("no"),
    row("notify-keyspace-events", Kind::Events),
    word("oom-score-adj", &["no", "yes", "relative", "absolute"]).since(V6_0).default("no"),
    row("oom-score-adj-values", Kind::Scores).since(V6_0).default("0 200 800"),
    text("pidfile").fixed(),
    number("port", 0, 65_535).checked_by_5(),
    row("proc-title-template", Kind::Title).since(V6_2).default("{title} {listen-addr} {server-mode}"),
    word("propagation-error-behavior", &["ignore", "panic", "panic-on-replicas"]).since(V7_0).default("ignore"),
    switch("protected-mode").default("yes"),
    memory("proto-max-bulk-len", 1_048_576).default("536870912"),
    switch("rdb-del-sync-files").since(V6_0).default("no"),
    number("rdb-key-save-delay", -I32 - 1, I32).since(V6_0).default("0").hidden(),
    switch("rdb-save-incremental-fsync").default("yes"),
    switch("rdbchecksum").default("yes").fixed(),
    switch("rdbcompression").default("yes"),
    row("rename-command", Kind::Rename).fixed(),
    memory("repl-backlog-size", 1).default("1048576"),
    number("repl-backlog-ttl", 0, I64).default("3600").checked_by_5(),
    switch("repl-disable-tcp-nodelay").default("no"),
    word("repl-diskless-load", &["disabled", "on-empty-db", "swapdb"]).since(V6_0).default("disabled"),
    switch("repl-diskless-sync").default("yes"),
    number("repl-diskless-sync-delay", 0, I32).default("5").checked_by_5(),
    number("repl-diskless-sync-max-replicas", 0, I32).since(V7_0).default("0"),
    number("repl-ping-replica-period", 1, I32).old("repl-ping-slave-period").default("10").checked_by_5(),
    number("repl-timeout", 1, I32).default("60").checked_by_5(),
    text("replica-announce-ip").old("slave-announce-ip"),
    number("replica-announce-port", 0, 65_535).old("slave-announce-port").default("0").checked_by_5(),
    switch("replica-announced").since(V6_2).default("yes"),
    memory("replica-full-sync-buffer-limit", 0).since(V8_0).default("0"),
    switch("replica-ignore-disk-write-errors").since(V7_0).default("no"),
    switch("replica-ignore-maxmemory").old("slave-ignore-maxmemory").default("yes"),
    switch("replica-lazy-flush").old("slave-lazy-flush").default("no"),
    number("replica-priority", 0, I32).old("slave-priority").default("100"),
    switch("replica-read-only").old("slave-read-only").default("yes"),
    switch("replica-serve-stale-data").old("slave-serve-stale-data").default("yes"),
    row("replicaof", Kind::Master).old("slaveof").fixed(),
    text("requirepass"),
    word("sanitize-dump-payload", &["no", "yes", "clients"]).since(V6_2).default("no"),
    row("save", Kind::Saves).default("3600 1 300 100 60 10000"),
    row("sentinel", Kind::Sentinel).fixed(),
    text("server-cpulist").old_since("server_cpulist", V6_0).since(V7_4).fixed(),
    number("set-max-intset-entries", 0, I64).default("512"),
    number("set-max-listpack-entries", 0, I64).since(V7_2).default("128"),
    number("set-max-listpack-value", 0, I64).since(V7_2).default("64"),
    switch("set-proc-title").since(V6_2).default("yes").fixed(),
    row("shutdown-on-sigint", SHUTDOWN).since(V7_0).default("default"),
    row("shutdown-on-sigterm", SHUTDOWN).since(V7_0).default("default"),
    number("shutdown-timeout", 0, I32).since(V7_0).default("10"),
    number("slowlog-log-slower-than", -1, I64).default("10000"),
    number("slowlog-max-len", 0, I64).default("128"),
    number("socket-mark-id", 0, U32).since(V7_0).default("0").fixed(),
    switch("stop-writes-on-bgsave-error").default("yes"),
    memory("stream-node-max-bytes", 0).default("4096"),
    number("stream-node-max-entries", 0, I64).default("100"),
    word("supervised", &["upstart", "systemd", "auto", "no"]).default("no").fixed(),
    switch("syslog-enabled").default("no").fixed(),
    word("syslog-facility", FACILITIES).default("local0").fixed(),
    text("syslog-ident").default("redis").fixed(),
    number("tcp-backlog", 0, I32).default("511").fixed().checked_by_5(),
    number("tcp-keepalive", 0, I32).default("300").checked_by_5(),
    number("timeout", 0, I32).default("0").checked_by_5(),
    word("tls-auth-clients", &["no", "yes", "optional"]).since(V6_0).default("yes"),
    text("tls-ca-cert-dir").since(V6_0),
    text("tls-ca-cert-file").since(V6_0),
    text("tls-cert-file").since(V6_0),
    text("tls-ciphers").since(V6_0),
    text("tls-ciphersuites").since(V6_0),
    text("tls-client-cert-file").since(V6_2),
    text("tls-client-key-file").since(V6_2),
    text("tls-client-key-file-pass").since(V6_2),
    switch("tls-cluster").since(V6_0).default("no"),
    text("tls-dh-params-file").since(V6_0),
    text("tls-key-file").since(V6_0),
    text("tls-key-file-pass").since(V6_2),
    number("tls-port", 0, 65_535).since(V6_0).default("0"),
    switch("tls-prefer-server-ciphers").since(V6_0).default("no"),
    text("tls-protocols").since(V6_0),
    switch("tls-replication").since(V6_0).default("no"),
    number("tls-session-cache-size", 0, I32).since(V6_0).default("20480"),
    number("tls-session-cache-timeout", 0, I32).since(V6_0).default("300"),
    switch("tls-session-caching").since(V6_0).default("yes"),
    number("tracking-table-max-keys", 0, I64).since(V6_0).default("1000000"),
    text("unixsocket").fixed(),
    octal("unixsocketperm").default("0").fixed().lenient_before(V7_0),
    switch("use-exit-on-panic").since(V6_2).default("no").hidden(),
    row("user", Kind::User).since(V6_0).fixed(),
    number("watchdog-period", 0, I32).since(V7_0).hidden(),
    number("zset-max-listpack-entries", 0, I64).old("zset-max-ziplist-entries").since(V7_0).default("128"),
    memory("zset-max-listpack-value", 0).old("zset-max-ziplist-value").since(V7_0).default("64"),
];
