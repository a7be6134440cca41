#!/bin/sh
# redis-server with TLS and users: adds to the configuration that start.sh wrote what the values ask for, and becomes the
# redis-server of the image. Found in place of it as redis-cli.sh is. Anything that is not the start of this pod's server
# goes on as it is: data.sh counts keys with a server that listens on a socket only, where neither belongs.
#
# Environment, REDIS_RUN_DIR, REDIS_CONF and REDIS_SECRET as in common.sh and start.sh, and
#   REDIS_TLS_PORT             port for TLS; unset or empty: none                              (none)
#   REDIS_TLS_DIR              folder of tls.crt, tls.key and ca.crt                           /etc/redis-tls
#   REDIS_TLS_SECRET           the Secret's name, for messages only                            the folder
#   REDIS_TLS_AUTH_CLIENTS     yes, optional or no: whether clients show a certificate         yes
#   REDIS_PLAIN_PORT           port without TLS, 0 for none                                    0
#   REDIS_TLS                  yes: replicas follow their master over TLS                      no
#   REDIS_ACL_FILE             file of users; unset or empty: none                             (none)
#   REDIS_ACL_SECRET           `<secret>/<key>`, for messages only                             the file
#   REDIS_USER                 user of the scripts, with the password of start.sh              default
#   REDIS_REPLICATION_USER     user that replicas follow as; unset or empty: REDIS_USER        (none)
#   REDIS_REPLICATION_PASSWORD_FILE  file with that user's password                            (none)
set -eu
umask 077

PATH=${PATH#"${0%/*}:"}
run=${REDIS_RUN_DIR:-/run/redis}
conf=${REDIS_CONF:-$run/redis.conf}

case "$* " in
  "$conf "*" --unixsocket $run/count.sock "*) exec redis-server "$@" ;;
  "$conf "*) ;;
  *) exec redis-server "$@" ;;
esac

say() { echo "redis-server.sh: $*" >&2; }

# quote: standard input as one word of redis.conf, every byte as \xNN, as in start.sh.
quote() { printf '"%s"' "$(od -An -v -tx1 | tr -d '\n' | sed 's/ *\([0-9a-f][0-9a-f]\)/\\x\1/g')"; }

# sum FILE: the password in it as ACL files have it; `$(…)` drops line ends, as everywhere.
sum() { printf '%s' "$(cat "$1")" | sha256sum | cut -d ' ' -f 1; }

# has_user NAME: whether the file has a line for this user.
has_user() {
  awk -v name="$1" 'tolower($1) == "user" && $2 == name { found = 1 } END { exit !found }' "$users"
}

# Goes where the scripts' own settings go; the last line of a name counts.
add_tls() {
  folder=${REDIS_TLS_DIR:-/etc/redis-tls}
  for file in tls.crt tls.key ca.crt; do
    if [ ! -r "$folder/$file" ]; then
      say "there is no $file: the Secret ${REDIS_TLS_SECRET:-$folder} or its key for it does not exist." \
        "Redis does not start without it: see tls.existingSecret, tls.certKey, tls.keyKey and tls.caKey"
      exit 1
    fi
  done
  {
    printf 'port %s\ntls-port %s\n' "${REDIS_PLAIN_PORT:-0}" "$REDIS_TLS_PORT"
    printf 'tls-cert-file %s\ntls-key-file %s\n' "$folder/tls.crt" "$folder/tls.key"
    printf 'tls-ca-cert-file %s\ntls-auth-clients %s\n' "$folder/ca.crt" "${REDIS_TLS_AUTH_CLIENTS:-yes}"
    printf 'tls-replication %s\n' "${REDIS_TLS:-no}"
  } >> "$conf"
}

# The file of the Secret, in memory, and after it the users of the chart that it does not have. Without a line for `default`
# Redis would let everybody do everything, whatever requirepass says.
add_users() {
  secret=${REDIS_ACL_SECRET:-$REDIS_ACL_FILE}
  if [ ! -r "$REDIS_ACL_FILE" ]; then
    say "there is no ACL file: the Secret or its key ($secret) does not exist. Redis does not start without it:" \
      "see acl.existingSecret and acl.key"
    exit 1
  fi
  users=$run/users.acl
  { cat "$REDIS_ACL_FILE"; echo; } | tr -d '\r' | sed '/^[[:blank:]]*$/d' > "$users"
  user=${REDIS_USER:-default}
  if [ ! -r "$run/password" ]; then
    say "there is no password for $user, the user of the scripts: see redis.existingSecret"
    exit 1
  fi
  if ! has_user "$user"; then
    printf 'user %s on #%s ~* &* +@all\n' "$user" "$(sum "$run/password")" >> "$users"
    say "$secret has no user $user, the scripts' own: added, with the password of ${REDIS_SECRET:-redis.existingSecret}"
  fi
  if ! has_user default; then
    echo 'user default off' >> "$users"
    say "$secret has no user default: off, so that nobody comes in without a name"
  fi
  follower=$user
  if [ -n "${REDIS_REPLICATION_USER:-}" ]; then
    follower=$REDIS_REPLICATION_USER
    if [ ! -r "${REDIS_REPLICATION_PASSWORD_FILE:-}" ] || [ -z "$(cat "$REDIS_REPLICATION_PASSWORD_FILE")" ]; then
      say "there is no password for $follower, the user of replication: the key for it in ${secret%%/*} does not exist" \
        "or is empty: see acl.replicationKey"
      exit 1
    fi
    if ! has_user "$follower"; then
      printf 'user %s on #%s resetchannels -@all +psync +replconf +ping\n' "$follower" \
        "$(sum "$REDIS_REPLICATION_PASSWORD_FILE")" >> "$users"
      say "$secret has no user $follower, that of replication: added"
    fi
    printf 'masterauth %s\n' "$(printf '%s' "$(cat "$REDIS_REPLICATION_PASSWORD_FILE")" | quote)" >> "$conf"
  fi
  [ "$follower" = default ] || printf 'masteruser %s\n' "$follower" >> "$conf"
  printf 'aclfile %s\n' "$users" >> "$conf"
}

[ -z "${REDIS_TLS_PORT:-}" ] || add_tls
[ -z "${REDIS_ACL_FILE:-}" ] || add_users
exec redis-server "$@"
