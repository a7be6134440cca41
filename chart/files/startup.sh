#!/bin/sh
# Startup probe: has the server begun to answer? Loading is an answer: loading takes as long as it takes, and from here on
# live.sh watches. While start.sh waits for a decision there is no server and this fails: the log says why.
#
# Environment: what common.sh lists.
set -eu

exec sh "${0%/*}/live.sh"
