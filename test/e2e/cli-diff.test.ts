/** What `gantry diff`, `apply --dry-run` and `apply --prune` say and do, on a real process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { gantry as command, Gantry, service, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
})
afterAll(() => gantry[Symbol.asyncDispose]())

const run = (stdin: string, ...args: readonly string[]) =>
  command([...args, '-f', '-'], { stdin, env: { GANTRY_KUBECONFIG: gantry.kubeConfig } })
const names = async (kind: string): Promise<string> => (await gantry.run('get', kind, '-o', 'name')).out
const secret = (value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: password\n  namespace: default\nstringData:\n  word: ${value}\n`
const configMap = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: default\ndata:\n  a: b\n`

describe('gantry diff', () => {
  it('shows what apply would change, and changes nothing', async () => {
    const text = `${taskDefinition('compared')}---\n${service('compared', 0)}`
    const first = await run(text, 'diff')
    expect(first).toMatchObject({ code: 1, err: '' })
    expect(first.out).toMatch(/^\+kind: TaskDefinition$/m)
    expect(first.out).toMatch(/^\+kind: Service$/m)
    expect(await names('services')).not.toContain('compared')
    expect((await gantry.apply(text)).code).toBe(0)
    expect(await run(text, 'diff')).toMatchObject({ code: 0, out: '', err: '' })
    const changed = await run(text.replace('desiredCount: 0', 'desiredCount: 2'), 'diff')
    expect(changed.code).toBe(1)
    expect(changed.out).toMatch(
      /^--- live\/default\/service\.gantry\.dev\/compared\n\+\+\+ applied\/default\/service\.gantry\.dev\/compared\n@@ /,
    )
    expect(changed.out).toMatch(/^-.*desiredCount: 0$/m)
    expect(changed.out).toMatch(/^\+.*desiredCount: 2$/m)
    expect(changed.out).not.toContain('managedFields')
  })

  it('says 2 when it cannot tell, with the place in the file', async () => {
    const wrong = await run(service('wrong', 0).replace('desiredCount: 0', 'desiredCount: -1'), 'diff')
    expect(wrong.code).toBe(2)
    expect(wrong.err).toMatch(/<stdin>:\d+:\d+: document 1, Service wrong: spec\.desiredCount/)
  })

  it('never shows a secret', async () => {
    await gantry.apply(secret('first'))
    const { out, code } = await run(secret('second'), 'diff')
    expect(code).toBe(1)
    expect(out).toContain('*** (after)')
    for (const value of ['first', 'second']) {
      expect(out).not.toContain(value)
      expect(out).not.toContain(Buffer.from(value).toString('base64'))
    }
  })
})

describe('gantry apply --dry-run', () => {
  it('asks the server what it would do', async () => {
    const { out, code } = await run(taskDefinition('dry'), 'apply', '--dry-run=server')
    expect({ out, code }).toEqual({ out: 'taskdefinition.gantry.dev/dry created (server dry run)\n', code: 0 })
    expect(await names('taskdefinitions')).not.toContain('dry')
  })

  it('tells what would change from what would not', async () => {
    await gantry.apply(`${configMap('same')}---\n${configMap('other')}`)
    const text = `${configMap('same')}---\n${configMap('other').replace('a: b', 'a: c')}`
    expect((await run(text, 'apply', '--dry-run=server')).out).toBe(
      'configmap/same unchanged (server dry run)\nconfigmap/other configured (server dry run)\n',
    )
    expect((await run(text, 'apply')).out).toBe('configmap/same unchanged\nconfigmap/other configured\n')
    await gantry.run('delete', 'configmaps', 'same', 'other')
  })

  it('checks files without a server', async () => {
    const elsewhere = { stdin: taskDefinition('dry'), env: { GANTRY_KUBECONFIG: '/nowhere' } }
    const { out, code } = await command(['apply', '--dry-run=client', '-f', '-'], elsewhere)
    expect({ out, code }).toEqual({ out: 'taskdefinition.gantry.dev/dry valid (client dry run)\n', code: 0 })
    const bad = await run(taskDefinition('dry').replace('image:', 'imge:'), 'apply', '--dry-run=client')
    expect(bad.code).toBe(1)
    expect(bad.err).toContain('imge')
  })
})

describe('gantry apply --prune', () => {
  it('deletes what the set no longer has, and nothing else', async () => {
    const flags = ['apply', '--applyset', 'maps', '--prune'] as const
    await gantry.apply(configMap('stranger'))
    expect((await run(`${configMap('a')}---\n${configMap('b')}`, ...flags)).out).toBe(
      'configmap/a created\nconfigmap/b created\n',
    )
    const dry = await run(configMap('a'), ...flags, '--dry-run=server')
    expect(dry.out).toBe('configmap/a unchanged (server dry run)\nconfigmap/b pruned (server dry run)\n')
    expect((await run(configMap('a'), ...flags)).out).toBe('configmap/a unchanged\nconfigmap/b pruned\n')
    expect(await names('configmaps')).toBe('configmap/a\nconfigmap/maps\nconfigmap/stranger\n')
  })

  it('takes nothing from another set', async () => {
    await run(configMap('mine'), 'apply', '--applyset', 'one')
    const { code, err } = await run(configMap('mine'), 'apply', '--applyset', 'two', '--prune')
    expect(code).toBe(1)
    expect(err).toContain('belongs to another ApplySet')
    expect(await names('configmaps')).toContain('configmap/mine\n')
  })

  it('refuses an empty set unless it is told to', async () => {
    await run(configMap('last'), 'apply', '--applyset', 'empty')
    const flags = ['apply', '--applyset', 'empty', '--prune'] as const
    const refused = await run('# nothing\n', ...flags)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('--allow-empty')
    expect((await run('# nothing\n', ...flags, '--allow-empty')).out).toBe('configmap/last pruned\n')
  })

  it('prunes nothing when something could not be applied', async () => {
    const flags = ['apply', '--applyset', 'part', '--prune'] as const
    await run(`${configMap('p')}---\n${configMap('q')}`, ...flags)
    const broken = await run(`${configMap('p')}---\n${configMap('r').replace('a: b', 'a b: c')}`, ...flags)
    expect(broken.code).toBe(1)
    expect(await names('configmaps')).toContain('configmap/q\n')
  })
})
