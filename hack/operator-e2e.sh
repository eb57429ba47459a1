#!/bin/sh
# Gantry as an operator of a Kubernetes cluster, end to end: hack/operator-e2e.sh KUBECONFIG [--quick] [--cluster NAME]
# The operator (two replicas) and two agents run on this machine, on its Docker engine; the cluster may be any.
. "$(dirname "$0")/bootstrap.sh"
bootstrap_npm
bootstrap_engine
has kubectl || give_up 'kubectl is not installed.' 'Install it: https://kubernetes.io/docs/tasks/tools/'
exec node hack/operator-e2e/main.ts "$@"
