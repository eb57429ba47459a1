#!/bin/sh
# All tests, on a fresh clone too: `npm test`. Options go to hack/test.ts (--only NAME, --seeds N).
. "$(dirname "$0")/bootstrap.sh"
bootstrap_npm
bootstrap_engine
bootstrap_programs docker etcd docker-registry unzip
has busybox || bootstrap_programs busybox-static
exec node hack/test.ts "$@"
