#!/bin/sh
# The benchmarks, on a fresh clone too: `npm run bench -- rollout`. Options go to test/bench/main.ts.
. "$(dirname "$0")/bootstrap.sh"
bootstrap_npm
bootstrap_engine
bootstrap_programs etcd
has busybox || bootstrap_programs busybox-static
exec node test/bench/main.ts "$@"
