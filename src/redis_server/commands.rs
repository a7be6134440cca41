//! The commands of a Redis server, for what names them: `rename-command` and the rules of users.
//!
//! In: a name. Out: whether a version has it. The names are what `COMMAND` listed on a server of each version.

use super::version::Version;

/// Names by the version that brought them; 5.0 may mean earlier.
const BY_VERSION: [(Version, &str); 6] = [
    (
        Version::V5_0,
        "append asking auth bgrewriteaof bgsave bitcount bitfield bitop bitpos blpop brpop brpoplpush \
         bzpopmax bzpopmin client cluster command config dbsize debug decr decrby del discard dump echo eval \
         evalsha exec exists expire expireat flushall flushdb geoadd geodist geohash geopos georadius \
         georadius_ro georadiusbymember georadiusbymember_ro get getbit getrange getset hdel hexists hget \
         hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hscan hset hsetnx hstrlen hvals incr incrby \
         incrbyfloat info keys lastsave latency lindex linsert llen lolwut lpop lpush lpushx lrange lrem lset \
         ltrim memory mget migrate module monitor move mset msetnx multi object persist pexpire pexpireat \
         pfadd pfcount pfdebug pfmerge pfselftest ping psetex psubscribe psync pttl publish pubsub \
         punsubscribe randomkey readonly readwrite rename renamenx replconf replicaof restore restore-asking \
         role rpop rpoplpush rpush rpushx sadd save scan scard script sdiff sdiffstore select set setbit \
         setex setnx setrange shutdown sinter sinterstore sismember slaveof slowlog smembers smove sort spop \
         srandmember srem sscan strlen subscribe substr sunion sunionstore swapdb sync time touch ttl type \
         unlink unsubscribe unwatch wait watch xack xadd xclaim xdel xgroup xinfo xlen xpending xrange xread \
         xreadgroup xrevrange xsetid xtrim zadd zcard zcount zincrby zinterstore zlexcount zpopmax zpopmin \
         zrange zrangebylex zrangebyscore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore \
         zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunionstore",
    ),
    (Version::V6_0, "acl bitfield_ro hello lpos stralgo"),
    (
        Version::V6_2,
        "blmove copy failover geosearch geosearchstore getdel getex hrandfield lmove reset smismember \
         xautoclaim zdiff zdiffstore zinter zmscore zrandmember zrangestore zunion",
    ),
    (
        Version::V7_0,
        "blmpop bzmpop eval_ro evalsha_ro expiretime fcall fcall_ro function lcs lmpop pexpiretime quit \
         sintercard sort_ro spublish ssubscribe sunsubscribe zintercard zmpop",
    ),
    (Version::V7_2, "waitaof"),
    (Version::V7_4, "hexpire hexpireat hexpiretime hpersist hpexpire hpexpireat hpexpiretime hpttl httl"),
];

/// The one command that ever went away, and the last version that has it.
const GONE: (&str, Version) = ("stralgo", Version::V6_2);

/// The categories that rules of users name behind `@`, besides `all`; 6.0 has them all.
const CATEGORIES: &str = "admin bitmap blocking connection dangerous fast geo hash hyperloglog keyspace list pubsub read \
                          scripting set slow sortedset stream string transaction write";

/// Whether this version has a command of that name, in any case.
///
/// Versions past the newest known one are taken to have what that one has.
///
/// ```
/// use chartwright::redis_server::{Version, commands::is_command};
/// assert!(is_command("CONFIG", Version::V6_0));
/// assert!(!is_command("function", Version::V6_2));
/// ```
pub fn is_command(name: &str, version: Version) -> bool {
    let name = name.to_ascii_lowercase();
    let gone = name == GONE.0 && version > GONE.1;
    !gone && names(version).any(|known| known == name)
}

/// Every command of a version.
pub fn names(version: Version) -> impl Iterator<Item = &'static str> {
    BY_VERSION.iter().filter(move |(since, _)| *since <= version).flat_map(|(_, names)| names.split_whitespace())
}

/// Whether `@NAME` is a category, in any case.
pub fn is_category(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "all" || CATEGORIES.split_whitespace().any(|known| known == name)
}

/// The categories, `all` last.
pub fn categories() -> impl Iterator<Item = &'static str> {
    CATEGORIES.split_whitespace().chain(["all"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_its_own_commands_and_those_before() {
        for (name, version, want) in [
            ("get", Version::V5_0, true),
            ("acl", Version::V5_0, false),
            ("STRALGO", Version::V6_2, true),
            ("stralgo", Version::V7_0, false),
            ("waitaof", Version::V7_2, true),
            ("hexpire", Version::V7_2, false),
            ("hexpire", Version { major: 9, minor: 0 }, true),
            ("confg", Version::V8_0, false),
            ("", Version::V8_0, false),
        ] {
            assert_eq!(is_command(name, version), want, "{name} {version}");
        }
        assert!(is_category("ALL") && is_category("read") && !is_category("reading"));
    }
}
