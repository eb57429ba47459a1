import { c0, c1, one, refused, two, waitsFor } from '../../test/builders/task-definition-cases.ts'

refused('references between containers', [
  {
    when: 'dependsOn an unknown container',
    spec: one(waitsFor('nope', 'START')),
    path: `${c0}.dependsOn[0].containerName`,
    says: "Cannot depend on container + 'nope' because it does not exist",
  },
  {
    when: 'COMPLETE of an essential one',
    spec: two(waitsFor('web', 'COMPLETE')),
    path: `${c0}.dependsOn[0].condition`,
    says: 'cannot be an essential container',
  },
  {
    when: 'SUCCESS of an essential one',
    spec: two(waitsFor('web', 'SUCCESS')),
    path: `${c0}.dependsOn[0].condition`,
    says: 'cannot be an essential container',
  },
  {
    when: 'HEALTHY without a check',
    spec: two(waitsFor('web', 'HEALTHY')),
    path: `${c0}.dependsOn[0].condition`,
    says: 'must have health check configured',
  },
  {
    when: 'an unknown condition',
    spec: two(waitsFor('web', 'DONE')),
    path: `${c0}.dependsOn[0].condition`,
    says: 'supported values: "START", "COMPLETE", "SUCCESS", "HEALTHY"',
  },
  {
    when: 'a ring',
    spec: two(waitsFor('web', 'START'), waitsFor('app', 'START')),
    path: `${c1}.dependsOn[0]`,
    says: 'containers wait for each other: app -> web -> app',
  },
  {
    when: 'a container after itself',
    spec: one(waitsFor('app', 'START')),
    path: `${c0}.dependsOn[0]`,
    says: 'app -> app',
  },
  {
    when: 'a ring of dependsOn and a link',
    spec: two(waitsFor('web', 'START'), { links: ['app'] }),
    path: `${c1}.links[0]`,
    says: 'app -> web -> app',
  },
  {
    when: 'a link to an unknown container',
    spec: one({ links: ['db:database'] }),
    path: `${c0}.links[0]`,
    says: "no container 'db'",
  },
  {
    when: 'links in host mode',
    spec: two({ links: ['web'] }, {}, { networkMode: 'host' }),
    path: `${c0}.links`,
    says: 'networkMode=host',
  },
  {
    when: 'volumes from an unknown container',
    spec: one({ volumesFrom: [{ sourceContainer: 'x' }] }),
    path: `${c0}.volumesFrom[0].sourceContainer`,
    says: "no container 'x'",
  },
])
