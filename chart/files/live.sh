#!/bin/sh
# Liveness probe: is there a server that answers at all? Any reply counts: a server that loads, runs a long script
# (BUSY), has too many clients or refuses the password (NOAUTH) is alive, and a restart would make none of that better;
# whether it can be used is ready.sh's question. No reply counts against it, which one long command causes too: the
# probe's failureThreshold is the time that such a command may take.
#
# Environment: what common.sh lists.
set -eu

# shellcheck source=chart/files/common.sh
. "${0%/*}/common.sh"

reply=$(here ping)
case $reply in
  PONG | LOADING* | BUSY* | MASTERDOWN* | NOAUTH* | *WRONGPASS* | *NOPERM* | *MISCONF* | *ERR*) ;;
  *)
    say "no answer within $REDIS_ASK_SECONDS s: ${reply:-nothing}"
    exit 1
    ;;
esac
