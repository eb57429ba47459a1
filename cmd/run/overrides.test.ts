import { describe, expect, it } from 'vitest'
import { aContainer, aTask } from '../../test/builders/kinds.ts'
import { exitCodeOf } from './exit-code.ts'
import { commandWords, mainContainer, type OverrideFlags, overridesOf } from './overrides.ts'

describe('overrides from flags', () => {
  it.each<{ when: string; flags: OverrideFlags; container?: string; want: unknown }>([
    { when: 'none', flags: {}, want: undefined },
    {
      when: 'simple ones',
      flags: { env: ['A=1', 'B=x=y', 'C='], image: 'app:2', command: ['go'] },
      container: 'app',
      want: {
        containerOverrides: [
          {
            name: 'app',
            environment: [
              { name: 'A', value: '1' },
              { name: 'B', value: 'x=y' },
              { name: 'C', value: '' },
            ],
            image: 'app:2',
            command: ['go'],
          },
        ],
      },
    },
    { when: "the task's", flags: { cpu: '256', memory: '1 GB' }, want: { cpu: '256', memory: '1 GB' } },
    {
      when: 'JSON',
      flags: { overrides: '{"taskRoleArn":"x","containerOverrides":[{"name":"log","cpu":5}]}' },
      want: { taskRoleArn: 'x', containerOverrides: [{ name: 'log', cpu: 5 }] },
    },
    {
      when: 'JSON, and simple ones of the same container and of the task',
      flags: {
        overrides:
          '{"cpu":"1","containerOverrides":[{"name":"app","cpu":5,"environment":[{"name":"A","value":"0"}]},{"name":"log"}]}',
        env: ['A=1'],
        cpu: '512',
      },
      container: 'app',
      want: {
        cpu: '512',
        containerOverrides: [
          { name: 'log' },
          {
            name: 'app',
            cpu: 5,
            environment: [
              { name: 'A', value: '0' },
              { name: 'A', value: '1' },
            ],
          },
        ],
      },
    },
  ])('$when', ({ flags, container, want }) => expect(overridesOf(flags, container)).toEqual(want))

  it.each([
    { flags: { overrides: '{' }, says: /^--overrides: / },
    { flags: { overrides: '[]' }, says: /^--overrides: allowed: a JSON object/ },
    { flags: { env: ['A'] }, container: 'app', says: /^--env "A": allowed: NAME=VALUE/ },
  ])('refuses $flags', ({ flags, container, says }) => expect(() => overridesOf(flags, container)).toThrow(says))

  it.each([
    { text: 'npm run  migrate ', want: ['npm', 'run', 'migrate'] },
    { text: '["sh", "-c", "echo a b"]', want: ['sh', '-c', 'echo a b'] },
  ])('reads $text', ({ text, want }) => expect(commandWords(text)).toEqual(want))
  it.each(['[1]', '["a"'])('refuses the command %s', (text) => expect(() => commandWords(text)).toThrow(/^--command/))
})

describe('the container that flags are about', () => {
  const extra = aContainer({ name: 'log', essential: false })
  it.each([
    { when: 'the only one', of: [aContainer()], want: 'app' },
    { when: 'the only essential one', of: [extra, aContainer()], want: 'app' },
  ])('$when', ({ of, want }) => expect(mainContainer({ containerDefinitions: of })).toBe(want))
  it('must be said when there is a choice', () => {
    const of = [aContainer(), aContainer({ name: 'web' }), extra]
    expect(() => mainContainer({ containerDefinitions: of })).toThrow('--container NAME: allowed: app, web, log')
  })
})

describe('the exit code', () => {
  const container = (name: string, exitCode: number | undefined, at: number) => ({
    name,
    lastStatus: 'STOPPED' as const,
    stoppedAt: `2026-01-01T00:00:0${at}.000Z`,
    ...(exitCode === undefined ? {} : { exitCode }),
  })
  it.each([
    { when: 'of the essential container', containers: [container('log', 9, 1), container('app', 3, 2)], want: 3 },
    { when: 'of the one that ended the task', containers: [container('web', 143, 5), container('app', 0, 2)], want: 0 },
    { when: 'when none ran', containers: [container('app', undefined, 1)], want: 125 },
    { when: 'of a task that was never placed', containers: [], want: 125 },
  ])('$when', ({ containers, want }) =>
    expect(exitCodeOf(aTask({ status: { lastStatus: 'STOPPED', containers } }), new Set(['app', 'web']))).toBe(want),
  )
})
