/** `npm run golden -- TOPIC|kubectl-VERSION [CASE ...] [--store memory|embedded|etcd] [--ignore-managed-fields]`: replays and shows the differences. */
import { parseArgs } from 'node:util'
import { kubectlBinary, kubectlVersions } from '../kubectl-binary.ts'
import { type KubectlTopic, unwanted } from './differences.ts'
import { readKubectlCases } from './kubectl/kubectl-case.ts'
import { KubectlReplay } from './kubectl/replay-kubectl.ts'
import { replay } from './replay.ts'
import { type StoreName, stores } from './stores.ts'
import { readCases, type Topic, topics } from './trace.ts'
import { openWorld } from './world.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    store: { type: 'string', default: 'memory' },
    'ignore-managed-fields': { type: 'boolean', default: false },
    lines: { type: 'string', default: '6' },
  },
})
const [first, ...names] = positionals
let failed = 0
let passed = 0
const isWanted = (name: string): boolean => names.length === 0 || names.includes(name)

function tell(topic: Topic | KubectlTopic, name: string, all: readonly string[]): void {
  const lines = unwanted(topic, name, all)
  if (lines.length === 0) passed++
  else failed++
  console.log(`${lines.length === 0 ? 'PASS' : 'FAIL'} ${topic} ${name}`)
  for (const line of lines.slice(0, Number(values.lines))) console.log(`     ${line}`)
  if (lines.length > Number(values.lines)) console.log(`     … ${lines.length} in all`)
}

for (const topic of topics.filter((one) => first === undefined || one.startsWith(first))) {
  const world = await openWorld(await stores[values.store as StoreName]())
  try {
    for (const one of readCases(topic).filter(({ name }) => isWanted(name))) {
      await world.clean()
      tell(topic, one.name, await replay(world, one, { ignoreManagedFields: values['ignore-managed-fields'] }))
    }
  } finally {
    await world.close()
  }
}
for (const version of kubectlVersions.filter((one) => first === undefined || `kubectl-${one}`.startsWith(first))) {
  const world = await openWorld(await stores[values.store as StoreName]())
  const player = await KubectlReplay.start(world, await kubectlBinary(version))
  try {
    // commands build on one another, so that all run up to the last that is wanted
    const cases = readKubectlCases(version)
    const last = cases.findLastIndex(({ name }) => isWanted(name))
    for (const one of cases.slice(0, last + 1)) {
      const lines = await player.play(one)
      if (isWanted(one.name)) tell(`kubectl-${version}`, one.name, lines)
    }
  } finally {
    await player.close()
    await world.close()
  }
}
console.log(`${passed} passed, ${failed} failed`)
