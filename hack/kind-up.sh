#!/bin/sh
# Gantry in a kind cluster: makes the cluster, builds and loads the image, applies the manifests and the bookstore, and waits.
#   hack/kind-up.sh          (KIND_CLUSTER names the cluster; NODE_IMAGE and BASE_IMAGE are the image's bases)
# `kind delete cluster --name gantry` takes it away.
. "$(dirname "$0")/bootstrap.sh"
cluster=${KIND_CLUSTER:-gantry}
image=gantry:0.1.0
for program in docker kind kubectl; do
  has "$program" || give_up "$program is not installed: this script needs docker, kind and kubectl." \
    'docker: https://docs.docker.com/engine/install   kind: https://kind.sigs.k8s.io   kubectl: https://kubernetes.io/docs/tasks/tools' \
    'Without Kubernetes: npx gantry up'
done
set -e
bootstrap_npm
bootstrap_engine
kubectl() { command kubectl --context "kind-$cluster" "$@"; }

kind get clusters 2>/dev/null | grep -qx "$cluster" || kind create cluster --name "$cluster" --config deploy/kind/cluster.yaml --wait 120s

say "building $image"
set --
[ -z "${NODE_IMAGE:-}" ] || set -- "$@" --build-arg "NODE_IMAGE=$NODE_IMAGE"
[ -z "${BASE_IMAGE:-}" ] || set -- "$@" --build-arg "BASE_IMAGE=$BASE_IMAGE"
docker build -f deploy/Dockerfile -t "$image" "$@" .
node hack/image.ts
kind load docker-image --name "$cluster" "$image"

say 'applying the manifests'
kubectl apply --server-side -k crds
kubectl wait --for=condition=Established --timeout=60s -k crds
kubectl apply --server-side -k deploy/kind
kubectl -n gantry-system rollout status deployment/gantry-operator --timeout=180s
kubectl apply -f - <<'YAML'
apiVersion: gantry.dev/v1
kind: Cluster
metadata:
  name: default
  annotations:
    gantry.dev/adopt-namespace: "true"
YAML
kubectl -n gantry-system rollout status statefulset/gantry-agent --timeout=300s
kubectl wait --for=jsonpath='{.status.status}'=ACTIVE containerinstance/gantry-agent-0 containerinstance/gantry-agent-1 --timeout=120s

say "loading the bookstore's image into the agents' engines"
for pod in gantry-agent-0 gantry-agent-1; do
  docker save gantry/bookstore:1 |
    kubectl -n gantry-system exec -i "$pod" -c engine -- docker --host=unix:///var/run/docker/docker.sock load
done

say 'applying the bookstore'
kubectl apply -f deploy/examples/bookstore
kubectl wait --for=condition=Ready services.gantry.dev/bookstore --timeout=300s
kubectl get services.gantry.dev,tasks,containerinstances
say "Gantry runs in the kind cluster $cluster."
