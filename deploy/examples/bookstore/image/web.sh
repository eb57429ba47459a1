#!/bin/sh
# The bookstore's web server: one page that says which task serves it, and /healthz.
# On SIGTERM it goes on serving for DRAIN seconds, so that whoever still knows its port gets an answer, and then ends.
site=/tmp/www
mkdir -p "$site"
echo ok >"$site/healthz"
cat >"$site/index.html" <<PAGE
<!doctype html>
<title>Bookstore</title>
<h1>${GREETING:-Books}</h1>
<p>task: ${GANTRY_TASK:-$(hostname)}</p>
<p>version: ${VERSION:-0}</p>
PAGE
httpd -f -p 80 -h "$site" &
server=$!
drain() {
  echo "draining for ${DRAIN:-2} s"
  sleep "${DRAIN:-2}"
  kill "$server"
  exit 0
}
trap drain TERM
echo "bookstore version ${VERSION:-0} serves on port 80"
wait "$server"
