#!/bin/sh
# The metrics container beside the web server: Prometheus text on port 9113, written anew every five seconds.
site=/tmp/www
mkdir -p "$site"
write() {
  read -r uptime _ </proc/uptime
  read -r load _ </proc/loadavg
  cat >"$site/metrics.new" <<TEXT
# HELP host_uptime_seconds Seconds since the machine started.
# TYPE host_uptime_seconds gauge
host_uptime_seconds $uptime
# HELP host_load1 Load average over a minute.
# TYPE host_load1 gauge
host_load1 $load
TEXT
  mv "$site/metrics.new" "$site/metrics"
}
write
httpd -f -p 9113 -h "$site" &
server=$!
trap 'kill "$server"; exit 0' TERM
echo 'metrics on port 9113'
while :; do
  sleep 5 &
  wait $!
  write
done
