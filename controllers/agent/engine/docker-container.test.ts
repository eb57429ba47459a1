import type Docker from 'dockerode'
import { describe, expect, it } from 'vitest'
import { containerState } from './docker-container.ts'

const zero = '0001-01-01T00:00:00Z'
const one = '2026-01-01T00:00:00.001Z'
const two = '2026-01-01T00:00:00.002Z'

/** What Docker's inspect says, reduced to what is read. */
const inspected = (state: Partial<Docker.ContainerInspectInfo['State']>): Docker.ContainerInspectInfo =>
  ({
    Id: 'id',
    Name: '/name',
    Config: { Image: 'image', Labels: {} },
    NetworkSettings: { Ports: {} },
    State: {
      Status: 'exited',
      Running: false,
      ExitCode: 3,
      OOMKilled: false,
      StartedAt: zero,
      FinishedAt: zero,
      ...state,
    },
  }) as unknown as Docker.ContainerInspectInfo

describe('containerState', () => {
  it.each([
    { when: 'it runs', state: { Running: true, StartedAt: one, FinishedAt: zero }, started: one, finished: undefined },
    {
      when: 'it runs again',
      state: { Running: true, StartedAt: two, FinishedAt: one },
      started: two,
      finished: undefined,
    },
    { when: 'it ended', state: { StartedAt: one, FinishedAt: two }, started: one, finished: two },
    {
      when: 'it ended before Docker noted its start',
      state: { StartedAt: two, FinishedAt: one },
      started: one,
      finished: one,
    },
    { when: 'it could not be started', state: { FinishedAt: two }, started: undefined, finished: two },
  ])('tells the times when $when', ({ state, started, finished }) => {
    const { startedAt, finishedAt } = containerState(inspected(state))
    const text = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
    expect([text(startedAt), text(finishedAt)]).toEqual([started, finished])
  })

  it('gives an exit code only to what ran', () => {
    expect(containerState(inspected({ StartedAt: one, FinishedAt: two })).exitCode).toBe(3)
    expect(containerState(inspected({ FinishedAt: two })).exitCode).toBeUndefined()
  })
})
