#!/bin/sh
# redis-cli as this release needs it: over TLS, and as the user that the values name. The folder that it is mounted in
# comes first on PATH, so scripts, probes and people in the pod (`kubectl exec … redis-cli`) get it when they say redis-cli.
# Arguments go on to the one of the image.
#
# Environment, all optional:
#   REDIS_TLS      `yes`: connections are over TLS                                        no
#   REDIS_TLS_DIR  folder of tls.crt, tls.key and ca.crt                                  /etc/redis-tls
#   REDIS_USER     user whose password is that of common.sh                               default
set -eu

PATH=${PATH#"${0%/*}:"}

# A socket leads to the server that data.sh counts keys with, which has neither TLS nor users.
if [ "${1:-}" = -s ]; then exec redis-cli "$@"; fi

user=${REDIS_USER:-default}
case " $* " in
  *' --user '*) user=default ;;
  *' -x acl setuser default ')
    # take_new_password in common.sh: the new password is that user's.
    for word; do
      shift
      [ "$word" != default ] || word=$user
      set -- "$@" "$word"
    done
    ;;
esac
[ "$user" = default ] || set -- --user "$user" "$@"

if [ "${REDIS_TLS:-no}" = yes ]; then
  folder=${REDIS_TLS_DIR:-/etc/redis-tls}
  set -- --tls --cacert "$folder/ca.crt" --cert "$folder/tls.crt" --key "$folder/tls.key" "$@"
fi
exec redis-cli "$@"
