import { c0, c1, one, ports, refused, two } from '../../test/builders/task-definition-cases.ts'

refused('ports', [
  {
    when: 'out of range',
    spec: one(ports({ containerPort: 70000 })),
    path: `${c0}.portMappings[0].containerPort`,
    says: 'Invalid value: 70000',
  },
  {
    when: 'neither port nor range',
    spec: one(ports({})),
    path: `${c0}.portMappings[0].containerPort`,
    says: 'containerPort or containerPortRange must be set',
  },
  {
    when: 'in networkMode none',
    spec: one(ports({ containerPort: 80 }), { networkMode: 'none' }),
    path: `${c0}.portMappings`,
    says: 'not with networkMode none',
  },
  {
    when: 'other host port in host mode',
    spec: one(ports({ containerPort: 80, hostPort: 8080 }), { networkMode: 'host' }),
    path: `${c0}.portMappings[0].hostPort`,
    says: 'When networkMode=host, the host ports and container ports in port mappings must match.',
  },
  {
    when: 'other host port in awsvpc',
    spec: one(ports({ containerPort: 80, hostPort: 8080 }), { networkMode: 'awsvpc' }),
    path: `${c0}.portMappings[0].hostPort`,
    says: 'When networkMode=awsvpc',
  },
  {
    when: 'one host port in two containers',
    spec: two(ports({ containerPort: 80, hostPort: 80 }), ports({ containerPort: 81, hostPort: 80 })),
    path: `${c1}.portMappings[0].hostPort`,
    says: 'Duplicate value: 80',
  },
  {
    when: 'one port in two containers of host mode',
    spec: two(ports({ containerPort: 80 }), ports({ containerPort: 80 }), { networkMode: 'host' }),
    path: `${c1}.portMappings[0].containerPort`,
    says: 'Duplicate value: 80',
  },
  {
    when: 'one container port twice',
    spec: one(ports({ containerPort: 80 }, { containerPort: 80 })),
    path: `${c0}.portMappings[1]`,
    says: 'Duplicate value: {"containerPort":80,"protocol":"tcp"}',
  },
  {
    when: 'one port with two protocols',
    spec: one(ports({ containerPort: 53 }, { containerPort: 53, protocol: 'udp' })),
    path: `${c0}.portMappings[1].protocol`,
    says: 'two protocols',
  },
  {
    when: 'a name twice',
    spec: one(ports({ containerPort: 80, name: 'x' }, { containerPort: 81, name: 'x' })),
    path: `${c0}.portMappings[1].name`,
    says: 'Duplicate value: "x"',
  },
  {
    when: 'a range the wrong way',
    spec: one(ports({ containerPortRange: '90-80' })),
    path: `${c0}.portMappings[0].containerPortRange`,
    says: 'from a lower to a higher port',
  },
  {
    when: 'a range in host mode',
    spec: one(ports({ containerPortRange: '80-90' }), { networkMode: 'host' }),
    path: `${c0}.portMappings[0].containerPortRange`,
    says: 'only with networkMode bridge or awsvpc',
  },
  {
    when: 'a range with a host port',
    spec: one(ports({ containerPortRange: '80-90', hostPort: 80 })),
    path: `${c0}.portMappings[0].hostPort`,
    says: 'not with containerPortRange',
  },
  {
    when: 'a range over a port',
    spec: one(ports({ containerPort: 85 }, { containerPortRange: '80-90' })),
    path: `${c0}.portMappings[1]`,
    says: 'must not overlap',
  },
])
