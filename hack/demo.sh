#!/bin/sh
# The tour of Gantry on real containers, on a fresh clone too: `npm run demo`, `npm run demo -- --keep`.
. "$(dirname "$0")/bootstrap.sh"
bootstrap_npm
bootstrap_engine
# The example's image is made of this machine's static busybox, else of the one in the registry.
has busybox || { has_apt && is_root && apt_install busybox 'the package busybox-static' busybox-static; }
exec node hack/demo.ts "$@"
