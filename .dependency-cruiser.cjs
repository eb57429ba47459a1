// Which room may import which: ARCHITECTURE.md has the table, this enforces it.
const OURS = '^(api|store|controllers|cmd|lib|hack|test)/'
const TEST = '\\.test\\.ts$'
const deny = (name, from, to) => ({ name, severity: 'error', from, to })
const room = (from, ...may) =>
  deny(
    `room ${from}`,
    { path: `^${from}`, pathNot: TEST },
    { path: OURS, pathNot: `^(${[from, 'lib/', ...may].join('|')})` },
  )
const only = (pkg, where) =>
  deny(
    `${pkg} only in ${where}`,
    { path: OURS, pathNot: `^(${where}|test/)|${TEST}` },
    { path: `^${pkg}$|node_modules/${pkg}/` },
  )

module.exports = {
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
  forbidden: [
    deny('no cycles', {}, { circular: true }),
    room('lib/'),
    room('store/'),
    room('api/(v1|meta)/'),
    room('hack/', 'api/(v1|meta)/'),
    room('api/registry/', 'api/(v1|meta)/', 'store/store\\.ts'),
    room('api/client/', 'api/(v1|meta|registry)/'),
    room('api/access/', 'api/(v1|meta|registry)/'),
    room('api/server/', 'api/(v1|meta|client|registry|access)/'),
    room('api/aws/', 'api/(v1|meta|client|registry)/'),
    room('controllers/', 'api/(v1|meta)/', 'api/client/client\\.ts'),
    deny(
      'controllers know no client by name, nor do their tests',
      { path: '^controllers/' },
      {
        path: '^api/(client/(?!client\\.ts$)|registry/|server/)|^test/builders/(doors|in-process-server|running-server)\\.ts$',
      },
    ),
    deny(
      'controllers reach no client, by whatever they import',
      { path: '^controllers/', pathNot: TEST },
      { path: '^api/client/(?!client\\.ts$)', reachable: true },
    ),
    deny('cmd and hack are ends', { path: '^(?!cmd/|hack/|test/)' }, { path: '^(cmd|hack)/' }),
    deny('what ships imports no test', { pathNot: `^test/|${TEST}` }, { path: '^test/' }),
    deny('backends do not meet', { path: '^store/([^/]+)/' }, { path: '^store/[^/]+/', pathNot: '^store/($1|mvcc)/' }),
    deny(
      'controllers meet only through resources',
      { path: '^controllers/([^/]+)/' },
      { path: '^controllers/', pathNot: '^controllers/($1|runtime)/' },
    ),
    deny(
      'decisions are pure',
      { path: '/(plan|state)\\.ts$|/(filters|strategies|books)/', pathNot: TEST },
      { pathNot: '^(api/(v1|meta)/|lib/)|^controllers/[^/]+/((plan|state|limits)\\.ts$|(filters|strategies|books)/)' },
    ),
    only('etcd3', 'store/etcd/'),
    only('dockerode', 'controllers/agent/engine/'),
    only('pino', 'lib/'),
    only('@kubernetes/client-node', 'api/client/'),
  ],
}
