import { expect, test } from 'vitest'
import { judge } from './errors.ts'
import { hasOrderedProgress } from './server-version.ts'

const grpc = (code: number, details: string): Error => Object.assign(new Error(`${code} ${details}`), { code, details })

test.each([
  {
    when: 'nothing was sent',
    error: grpc(14, 'No connection established. Last error: ECONNREFUSED'),
    write: 'Unavailable',
    again: true,
  },
  {
    when: 'the channel was closed first',
    error: grpc(14, 'Channel closed before call started'),
    write: 'Unavailable',
    again: true,
  },
  { when: 'the cluster has no leader', error: grpc(14, 'etcdserver: no leader'), write: 'Unavailable', again: true },
  {
    when: 'the leader changed under way',
    error: grpc(14, 'etcdserver: leader changed'),
    write: 'Timeout',
    again: false,
  },
  { when: 'etcd gave up waiting', error: grpc(14, 'etcdserver: request timed out'), write: 'Timeout', again: false },
  { when: 'the connection broke', error: grpc(14, 'Connection dropped'), write: 'Timeout', again: false },
  { when: 'the deadline passed', error: grpc(4, 'Deadline exceeded'), write: 'Timeout', again: false },
  { when: 'anything unheard of', error: grpc(2, 'surprise'), write: 'Timeout', again: false },
  {
    when: 'the disk is full',
    error: grpc(8, 'etcdserver: mvcc: database space exceeded'),
    write: 'Unavailable',
    again: false,
  },
  {
    when: 'compacted',
    error: grpc(11, 'etcdserver: mvcc: required revision has been compacted'),
    write: 'Expired',
    again: false,
  },
  {
    when: 'a future revision',
    error: grpc(11, 'etcdserver: mvcc: required revision is a future revision'),
    write: 'BadRequest',
    again: false,
  },
  { when: 'no such lease', error: grpc(5, 'etcdserver: requested lease not found'), write: 'NotFound', again: false },
  { when: 'too large', error: grpc(3, 'etcdserver: request is too large'), write: 'TooLarge', again: false },
  { when: 'not allowed', error: grpc(7, 'etcdserver: permission denied'), write: 'Forbidden', again: false },
  {
    when: 'the token has ended',
    error: grpc(16, 'etcdserver: invalid auth token'),
    write: 'Unauthorized',
    again: true,
  },
  {
    when: 'the password is wrong',
    error: new Error('etcdserver: authentication failed, invalid user ID or password'),
    write: 'Unauthorized',
    again: false,
  },
])('a write when $when: $write', ({ error, write, again }) => {
  expect(judge(error, 'write')).toMatchObject({ fault: { code: write, cause: error }, again })
})

test.each(['Connection dropped', 'etcdserver: leader changed'])('a read may be tried again after: %s', (details) => {
  expect(judge(grpc(14, details), 'read')).toMatchObject({ fault: { code: 'Unavailable' }, again: true })
})

test.each([
  ['3.3.27', false],
  ['3.4.23', false],
  ['3.4.30', false],
  ['3.4.31', true],
  ['3.5.12', false],
  ['3.5.13', true],
  ['3.5.21', true],
  ['3.6.0', true],
  ['3.6.0-rc.1', true],
  ['4.0.0', true],
  ['0', false],
  ['', false],
])('progress of etcd %s is trusted: %s', (version, trusted) => {
  expect(hasOrderedProgress(version)).toBe(trusted)
})
