#!/bin/sh
# Starts the metrics exporter (oliver006/redis_exporter, a tag that ends in -alpine: the other one has no shell) with the
# password of the mounted Secret. The exporter's own password file is JSON and so cannot hold every byte; its environment
# can, and newlines at the end are dropped here exactly as start.sh drops them. Arguments go on to the exporter.
#
# Environment: REDIS_PASSWORD_FILE and REDIS_SECRET as in common.sh, and
#   REDIS_EXPORTER              the program                        /redis_exporter
#   REDIS_ADDR                  the server                         redis://localhost:6379   (read by the exporter)
#   REDIS_EXPORTER_WEB_LISTEN_ADDRESS  `:<port>` to listen on      :9121                    (read by the exporter)
set -eu

if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
  if [ ! -r "$REDIS_PASSWORD_FILE" ]; then
    secret=${REDIS_SECRET:-$REDIS_PASSWORD_FILE}
    echo "exporter.sh: there is no password: the Secret or its key ($secret) does not exist" >&2
    exit 1
  fi
  # Or it would be read as the exporter's own, JSON file.
  REDIS_PASSWORD=$(cat "$REDIS_PASSWORD_FILE")
  export REDIS_PASSWORD
  unset REDIS_PASSWORD_FILE
fi
exec "${REDIS_EXPORTER:-/redis_exporter}" "$@"
