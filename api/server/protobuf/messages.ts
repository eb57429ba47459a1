/**
 * The messages of Kubernetes' protobuf for the kinds that Gantry serves: public field numbers, in a notation of ours.
 * A field is `NUMBER TYPE`. TYPE is string, int, bool, bytes, time, microTime, json (FieldsV1), strings (a message that only
 * holds a list) or a message; `[]` before it repeats it, `{}` makes it a map from text, `?` after it is a pointer in Go:
 * absent is something else than empty.
 */
type Message = Readonly<Record<string, string>>

const object = (members: Message): Message => ({ metadata: '1 ObjectMeta', ...members })
const reviewOf = (spec: string, status: string): Message => object({ spec: `2 ${spec}`, status: `3 ${status}` })
const verbs = { verbs: '1 []string' }

/** By name. */
export const messages: Readonly<Record<string, Message>> = {
  // meta/v1
  ObjectMeta: {
    name: '1 string',
    generateName: '2 string',
    namespace: '3 string',
    selfLink: '4 string',
    uid: '5 string',
    resourceVersion: '6 string',
    generation: '7 int',
    creationTimestamp: '8 time',
    deletionTimestamp: '9 time?',
    deletionGracePeriodSeconds: '10 int?',
    labels: '11 {}string',
    annotations: '12 {}string',
    ownerReferences: '13 []OwnerReference',
    finalizers: '14 []string',
    managedFields: '17 []ManagedFieldsEntry',
  },
  OwnerReference: {
    kind: '1 string',
    name: '3 string',
    uid: '4 string',
    apiVersion: '5 string',
    controller: '6 bool?',
    blockOwnerDeletion: '7 bool?',
  },
  ManagedFieldsEntry: {
    manager: '1 string',
    operation: '2 string',
    apiVersion: '3 string',
    time: '4 time?',
    fieldsType: '6 string',
    fieldsV1: '7 json?',
    subresource: '8 string',
  },
  ListMeta: { selfLink: '1 string', resourceVersion: '2 string', continue: '3 string', remainingItemCount: '4 int?' },
  DeleteOptions: {
    gracePeriodSeconds: '1 int?',
    preconditions: '2 Preconditions?',
    orphanDependents: '3 bool?',
    propagationPolicy: '4 string?',
    dryRun: '5 []string',
  },
  Preconditions: { uid: '1 string?', resourceVersion: '2 string?' },
  Status: {
    metadata: '1 ListMeta',
    status: '2 string',
    message: '3 string',
    reason: '4 string',
    details: '5 StatusDetails?',
    code: '6 int',
  },
  StatusDetails: {
    name: '1 string',
    group: '2 string',
    kind: '3 string',
    causes: '4 []StatusCause',
    retryAfterSeconds: '5 int',
    uid: '6 string',
  },
  StatusCause: { reason: '1 string', message: '2 string', field: '3 string' },
  PartialObjectMetadata: object({}),
  LabelSelector: { matchLabels: '1 {}string', matchExpressions: '2 []SelectorRequirement' },
  SelectorRequirement: { key: '1 string', operator: '2 string', values: '3 []string' },
  // core/v1
  Namespace: object({ spec: '2 NamespaceSpec', status: '3 NamespaceStatus' }),
  NamespaceSpec: { finalizers: '1 []string' },
  NamespaceStatus: { phase: '1 string', conditions: '2 []NamespaceCondition' },
  NamespaceCondition: {
    type: '1 string',
    status: '2 string',
    lastTransitionTime: '4 time',
    reason: '5 string',
    message: '6 string',
  },
  Secret: object({ data: '2 {}bytes', type: '3 string', stringData: '4 {}string', immutable: '5 bool?' }),
  ConfigMap: object({ data: '2 {}string', binaryData: '3 {}bytes', immutable: '4 bool?' }),
  ServiceAccount: object({
    secrets: '2 []ObjectReference',
    imagePullSecrets: '3 []LocalObjectReference',
    automountServiceAccountToken: '4 bool?',
  }),
  LocalObjectReference: { name: '1 string' },
  ObjectReference: {
    kind: '1 string',
    namespace: '2 string',
    name: '3 string',
    uid: '4 string',
    apiVersion: '5 string',
    resourceVersion: '6 string',
    fieldPath: '7 string',
  },
  Event: object({
    involvedObject: '2 ObjectReference',
    reason: '3 string',
    message: '4 string',
    source: '5 EventSource',
    firstTimestamp: '6 time',
    lastTimestamp: '7 time',
    count: '8 int',
    type: '9 string',
    eventTime: '10 microTime',
    series: '11 EventSeries?',
    action: '12 string',
    related: '13 ObjectReference?',
    reportingComponent: '14 string',
    reportingInstance: '15 string',
  }),
  EventSource: { component: '1 string', host: '2 string' },
  EventSeries: { count: '1 int', lastObservedTime: '2 microTime' },
  // events.k8s.io/v1
  NewEvent: object({
    eventTime: '2 microTime',
    series: '3 EventSeries?',
    reportingController: '4 string',
    reportingInstance: '5 string',
    action: '6 string',
    reason: '7 string',
    regarding: '8 ObjectReference',
    related: '9 ObjectReference?',
    note: '10 string',
    type: '11 string',
    deprecatedSource: '12 EventSource',
    deprecatedFirstTimestamp: '13 time',
    deprecatedLastTimestamp: '14 time',
    deprecatedCount: '15 int',
  }),
  // coordination.k8s.io/v1
  Lease: object({ spec: '2 LeaseSpec' }),
  LeaseSpec: {
    holderIdentity: '1 string?',
    leaseDurationSeconds: '2 int?',
    acquireTime: '3 microTime?',
    renewTime: '4 microTime?',
    leaseTransitions: '5 int?',
    strategy: '6 string?',
    preferredHolder: '7 string?',
  },
  // rbac.authorization.k8s.io/v1
  Role: object({ rules: '2 []PolicyRule' }),
  ClusterRole: object({ rules: '2 []PolicyRule', aggregationRule: '3 AggregationRule?' }),
  RoleBinding: object({ subjects: '2 []Subject', roleRef: '3 RoleRef' }),
  ClusterRoleBinding: object({ subjects: '2 []Subject', roleRef: '3 RoleRef' }),
  AggregationRule: { clusterRoleSelectors: '1 []LabelSelector' },
  PolicyRule: {
    ...verbs,
    apiGroups: '2 []string',
    resources: '3 []string',
    resourceNames: '4 []string',
    nonResourceURLs: '5 []string',
  },
  Subject: { kind: '1 string', apiGroup: '2 string', name: '3 string', namespace: '4 string' },
  RoleRef: { apiGroup: '1 string', kind: '2 string', name: '3 string' },
  // authentication.k8s.io/v1
  TokenRequest: reviewOf('TokenRequestSpec', 'TokenRequestStatus'),
  TokenRequestSpec: {
    audiences: '1 []string',
    boundObjectRef: '3 BoundObjectReference?',
    expirationSeconds: '4 int?',
  },
  BoundObjectReference: { kind: '1 string', apiVersion: '2 string', name: '3 string', uid: '4 string' },
  TokenRequestStatus: { token: '1 string', expirationTimestamp: '2 time' },
  TokenReview: reviewOf('TokenReviewSpec', 'TokenReviewStatus'),
  TokenReviewSpec: { token: '1 string', audiences: '2 []string' },
  TokenReviewStatus: { authenticated: '1 bool', user: '2 UserInfo', error: '3 string', audiences: '4 []string' },
  UserInfo: { username: '1 string', uid: '2 string', groups: '3 []string', extra: '4 {}strings' },
  SelfSubjectReview: object({ status: '2 SelfSubjectReviewStatus' }),
  SelfSubjectReviewStatus: { userInfo: '1 UserInfo' },
  // authorization.k8s.io/v1
  SubjectAccessReview: reviewOf('SubjectAccessReviewSpec', 'SubjectAccessReviewStatus'),
  LocalSubjectAccessReview: reviewOf('SubjectAccessReviewSpec', 'SubjectAccessReviewStatus'),
  SelfSubjectAccessReview: reviewOf('SelfSubjectAccessReviewSpec', 'SubjectAccessReviewStatus'),
  SelfSubjectRulesReview: reviewOf('SelfSubjectRulesReviewSpec', 'SubjectRulesReviewStatus'),
  SubjectAccessReviewSpec: {
    resourceAttributes: '1 ResourceAttributes?',
    nonResourceAttributes: '2 NonResourceAttributes?',
    user: '3 string',
    groups: '4 []string',
    extra: '5 {}strings',
    uid: '6 string',
  },
  SelfSubjectAccessReviewSpec: {
    resourceAttributes: '1 ResourceAttributes?',
    nonResourceAttributes: '2 NonResourceAttributes?',
  },
  ResourceAttributes: {
    namespace: '1 string',
    verb: '2 string',
    group: '3 string',
    version: '4 string',
    resource: '5 string',
    subresource: '6 string',
    name: '7 string',
    fieldSelector: '8 SelectorAttributes?',
    labelSelector: '9 SelectorAttributes?',
  },
  SelectorAttributes: { rawSelector: '1 string', requirements: '2 []SelectorRequirement' },
  NonResourceAttributes: { path: '1 string', verb: '2 string' },
  SubjectAccessReviewStatus: { allowed: '1 bool', reason: '2 string', evaluationError: '3 string', denied: '4 bool' },
  SelfSubjectRulesReviewSpec: { namespace: '1 string' },
  SubjectRulesReviewStatus: {
    resourceRules: '1 []ResourceRule',
    nonResourceRules: '2 []NonResourceRule',
    incomplete: '3 bool',
    evaluationError: '4 string',
  },
  ResourceRule: { ...verbs, apiGroups: '2 []string', resources: '3 []string', resourceNames: '4 []string' },
  NonResourceRule: { ...verbs, nonResourceURLs: '2 []string' },
  // certificates.k8s.io/v1
  CertificateSigningRequest: reviewOf('CertificateSigningRequestSpec', 'CertificateSigningRequestStatus'),
  CertificateSigningRequestSpec: {
    request: '1 bytes',
    username: '2 string',
    uid: '3 string',
    groups: '4 []string',
    usages: '5 []string',
    extra: '6 {}strings',
    signerName: '7 string',
    expirationSeconds: '8 int?',
  },
  CertificateSigningRequestStatus: { conditions: '1 []SigningCondition', certificate: '2 bytes' },
  SigningCondition: {
    type: '1 string',
    reason: '2 string',
    message: '3 string',
    lastUpdateTime: '4 time',
    lastTransitionTime: '5 time',
    status: '6 string',
  },
  // discovery
  APIVersions: { versions: '1 []string', serverAddressByClientCIDRs: '2 []ServerAddress' },
  ServerAddress: { clientCIDR: '1 string', serverAddress: '2 string' },
  APIGroupList: { groups: '1 []APIGroup' },
  APIGroup: { name: '1 string', versions: '2 []GroupVersion', preferredVersion: '3 GroupVersion' },
  GroupVersion: { groupVersion: '1 string', version: '2 string' },
  APIResourceList: { groupVersion: '1 string', resources: '2 []APIResource' },
  APIResource: {
    name: '1 string',
    namespaced: '2 bool',
    kind: '3 string',
    verbs: '4 strings',
    shortNames: '5 []string',
    singularName: '6 string',
    categories: '7 []string',
    group: '8 string',
    version: '9 string',
    storageVersionHash: '10 string',
  },
}

const discoveryKinds = ['APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList']
const kindsOf: Readonly<Record<string, readonly string[]>> = {
  v1: ['Namespace', 'Secret', 'ConfigMap', 'ServiceAccount', 'Event', 'Status'],
  'meta.k8s.io/v1': ['PartialObjectMetadata', 'Status'],
  'coordination.k8s.io/v1': ['Lease'],
  'rbac.authorization.k8s.io/v1': ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'],
  'authentication.k8s.io/v1': ['TokenRequest', 'TokenReview', 'SelfSubjectReview'],
  'authorization.k8s.io/v1': [
    'SubjectAccessReview',
    'LocalSubjectAccessReview',
    'SelfSubjectAccessReview',
    'SelfSubjectRulesReview',
  ],
  'certificates.k8s.io/v1': ['CertificateSigningRequest'],
}

/** The message of a kind; undefined when it has none here. */
export function messageOf(apiVersion: string, kind: string): string | undefined {
  if (kind === 'DeleteOptions') return kind // sent under whatever group the object is in
  if (discoveryKinds.includes(kind)) return kind // some of them have no apiVersion
  if (apiVersion === 'events.k8s.io/v1' && kind === 'Event') return 'NewEvent'
  return kindsOf[apiVersion]?.includes(kind) === true ? kind : undefined
}
