/** `npm run golden -- TOPIC [CASE ...] [--store memory|embedded|etcd] [--ignore-managed-fields]`: replays and shows the differences. */
import { parseArgs } from 'node:util'
import { unwanted } from './differences.ts'
import { replay } from './replay.ts'
import { type StoreName, stores } from './stores.ts'
import { readCases, topics } from './trace.ts'
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
for (const topic of topics.filter((one) => first === undefined || one.startsWith(first))) {
  const world = await openWorld(await stores[values.store as StoreName]())
  try {
    for (const one of readCases(topic).filter(({ name }) => names.length === 0 || names.includes(name))) {
      await world.clean()
      const all = await replay(world, one, { ignoreManagedFields: values['ignore-managed-fields'] })
      const lines = unwanted(topic, one.name, all)
      if (lines.length === 0) passed++
      else failed++
      console.log(`${lines.length === 0 ? 'PASS' : 'FAIL'} ${topic} ${one.name}`)
      for (const line of lines.slice(0, Number(values.lines))) console.log(`     ${line}`)
      if (lines.length > Number(values.lines)) console.log(`     … ${lines.length} in all`)
    }
  } finally {
    await world.close()
  }
}
console.log(`${passed} passed, ${failed} failed`)
