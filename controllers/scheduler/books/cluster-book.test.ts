/** What the books remember, and when a task is worth another try; seen through what is decided from them. */
import { describe, expect, it } from 'vitest'
import { aTask } from '../../../test/builders/kinds.ts'
import {
  aBook,
  anInstance,
  aWaitingTask,
  bindings,
  bound,
  decide,
  definition,
  refusal,
  type TaskOptions,
  targets,
  waiting,
} from '../../../test/builders/scheduler-book.ts'
import { seenOf } from '../state.ts'

describe('the books', () => {
  it('a binding that may have happened is tried again on the same instance, whatever would be better by now', () => {
    const book = aBook({ a: {}, b: {} }, waiting(1))
    const first = decide(book).actions
    expect(targets(first)).toEqual(['a'])
    for (const task of waiting(1)) book.seeTask(task.metadata.name, seenOf(task, definition()))
    book.seeTask('other', seenOf(bound('other', 'a'), definition()))
    expect(decide(book).actions).toEqual(first)
  })

  it('a binding that may have happened holds its room', () => {
    const book = aBook({ a: { memory: 64 } }, waiting(1))
    decide(book)
    for (const task of waiting(1)) book.seeTask(task.metadata.name, seenOf(task, definition()))
    book.seeTask('older', seenOf(aWaitingTask('older', { at: '2025-01-01T00:00:00Z' }), definition()))
    expect(bindings(decide(book).actions)).toEqual(['web-1-0-1 -> a'])
  })

  it('a binding that was refused frees its room: the task is seen at a newer version', () => {
    const book = aBook({ a: { memory: 64 } }, waiting(1))
    decide(book)
    book.seeTask('web-1-0-1', seenOf(aWaitingTask('web-1-0-1', { version: '2' }), definition()))
    expect(decide(book).actions).toEqual([{ do: 'bind', task: 'web-1-0-1', version: '2', instance: 'a' }])
  })

  it('a refused task is not tried again until something is freed', () => {
    const there = bound('there', 'a')
    const book = aBook({ a: { memory: 64 } }, [there, ...waiting(1)])
    decide(book)
    expect(book.untried(1)).toEqual([])
    book.seeTask(
      'there',
      seenOf(aTask({ ...there, name: 'there', spec: { ...there.spec, desiredStatus: 'STOPPED' } }), definition()),
    )
    expect(targets(decide(book).actions)).toEqual(['a'])
  })

  it('confirming a binding makes nobody try again', () => {
    const book = aBook({ a: { memory: 64 } }, waiting(2))
    expect(bindings(decide(book).actions)).toEqual(['web-1-0-1 -> a'])
    book.seeTask('web-1-0-1', seenOf(bound('web-1-0-1', 'a'), definition()))
    expect(book.untried(1)).toEqual([])
    expect(book.unconfirmed).toEqual([])
  })

  it('a task that follows others is tried again when one of them arrives', () => {
    const near: TaskOptions = { constraints: [{ type: 'memberOf', expression: 'task:group == service:db' }] }
    const book = aBook({ a: {}, b: {} }, waiting(1, near))
    expect(refusal(decide(book).actions)?.reason).toBe('ConstraintNotMet')
    expect(book.untried(1)).toEqual([])
    book.seeTask('db-1', seenOf(bound('db-1', 'b', 'service:db'), definition()))
    expect(targets(decide(book).actions)).toEqual(['b'])
  })

  it('a report of what the instance controller counted changes nothing', () => {
    const book = aBook({ a: { memory: 1 } }, waiting(1))
    decide(book)
    const reported = anInstance('a', { memory: 1 })
    const status = {
      ...reported.status,
      runningTasksCount: 9,
      remainingResources: { cpu: 0, memory: 0, ports: [], portsUdp: [] },
    }
    book.seeInstance('a', { ...reported, status })
    expect(book.untried(1)).toEqual([])
  })

  it('reservations of tasks on an instance that is not known yet count as soon as it is', () => {
    const book = aBook({}, [bound('there', 'a'), ...waiting(1)])
    expect(refusal(decide(book).actions)?.reason).toBe('NoContainerInstances')
    book.seeInstance('a', anInstance('a', { memory: 64 }))
    expect(refusal(decide(book).actions)?.message).toBe('0/1 instances: 1 short of memory (64 MiB)')
  })

  it('is empty again when all is gone', () => {
    const book = aBook({ a: {} }, [bound('there', 'a'), ...waiting(1)])
    book.seeInstance('a', undefined)
    book.seeTask('there', { is: 'none' })
    book.seeTask('web-1-0-1', { is: 'none' })
    expect(book.isEmpty).toBe(true)
    expect(book.instance('a')).toBeUndefined()
  })
})
