/** Discovery documents in Kubernetes' protobuf: the four messages, in the envelope that all its objects have. */

const proto = `syntax = "proto3"; package discovery;
message Unknown { TypeMeta typeMeta = 1; bytes raw = 2; string contentEncoding = 3; string contentType = 4; }
message TypeMeta { string apiVersion = 1; string kind = 2; }
message APIVersions { repeated string versions = 1; repeated ServerAddress serverAddressByClientCIDRs = 2; }
message ServerAddress { string clientCIDR = 1; string serverAddress = 2; }
message APIGroupList { repeated APIGroup groups = 1; }
message APIGroup { string name = 1; repeated Version versions = 2; Version preferredVersion = 3; }
message Version { string groupVersion = 1; string version = 2; }
message APIResourceList { string groupVersion = 1; repeated APIResource resources = 2; }
message APIResource { string name = 1; bool namespaced = 2; string kind = 3; Verbs verbs = 4; repeated string shortNames = 5;
  string singularName = 6; repeated string categories = 7; string group = 8; string version = 9; string storageVersionHash = 10; }
message Verbs { repeated string items = 1; }`

/** The four bytes that every such answer begins with. */
const magic = Buffer.from('k8s\0')

/** What Go always writes of a resource, also when it is empty. */
const resource = (one: { readonly verbs: readonly string[] }): object => ({
  ...{ group: '', version: '', storageVersionHash: '' },
  ...one,
  verbs: { items: one.verbs },
})

interface Document {
  readonly kind: string
  readonly apiVersion?: string
  readonly resources?: readonly { readonly verbs: readonly string[] }[]
}

/** `document`, one that `discovery.ts` makes. */
export async function encodeDiscovery(document: Document): Promise<Uint8Array<ArrayBuffer>> {
  const { default: protobuf } = await import('protobufjs')
  const { root } = protobuf.parse(proto, { keepCase: true })
  const { kind, apiVersion = '', ...rest } = document
  const body = document.resources === undefined ? rest : { ...rest, resources: document.resources.map(resource) }
  const raw = root.lookupType(kind).encode(body).finish()
  const envelope = { typeMeta: { apiVersion, kind }, raw, contentEncoding: '', contentType: '' }
  return Buffer.concat([magic, root.lookupType('Unknown').encode(envelope).finish()])
}
