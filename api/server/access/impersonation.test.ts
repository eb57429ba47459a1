import { describe, expect, it } from 'vitest'
import type { Attributes, Authorizer } from '../../access/attributes.ts'
import type { User } from '../../access/user.ts'
import { actingUser } from './impersonation.ts'

const { signal } = new AbortController()
const boss: User = { name: 'boss', groups: ['system:authenticated'] }

/** The user that boss acts as, and what was asked of the authorizer on the way; `may` decides. */
async function acting(
  pairs: readonly (readonly [string, string])[],
  may: (wanted: Attributes) => boolean = () => true,
) {
  const asked: string[] = []
  const authorize: Authorizer = async (wanted) => {
    const { group, resource, subresource, namespace, name } = wanted
    asked.push([group, resource, subresource, namespace, name].filter((one) => one !== '').join(' '))
    return { allowed: may(wanted), reason: '' }
  }
  const headers = new Headers()
  for (const [name, value] of pairs) headers.append(name, value)
  return { user: await actingUser(boss, headers, pairs, authorize, signal), asked }
}

describe('acting as somebody else', () => {
  it('is not asked for without headers', async () => {
    expect(await acting([['Accept', '*/*']])).toEqual({ user: boss, asked: [] })
  })

  it('needs leave for each part of whom', async () => {
    const pairs = [
      ['Impersonate-User', 'jane'],
      ['Impersonate-Group', 'devs'],
      ['Impersonate-Group', 'a,b'],
      ['Impersonate-Uid', '7'],
      ['Impersonate-Extra-Scopes', 'view'],
      ['Impersonate-Extra-acme.com%2Fteam', 'x'],
    ] as const
    const { user, asked } = await acting(pairs)
    expect(user).toEqual({
      name: 'jane',
      uid: '7',
      groups: ['devs', 'a,b', 'system:authenticated'],
      extra: { scopes: ['view'], 'acme.com/team': ['x'] },
    })
    expect(asked).toEqual([
      'users jane',
      'groups devs',
      'groups a,b',
      'authentication.k8s.io userextras scopes view',
      'authentication.k8s.io userextras acme.com/team x',
      'authentication.k8s.io uids 7',
    ])
    for (const part of ['users', 'groups', 'userextras', 'uids'])
      await expect(acting(pairs, ({ resource }) => resource !== part)).rejects.toMatchObject({ code: 'Forbidden' })
  })

  it.each([
    [
      'system:serviceaccount:prod:ci',
      ['system:serviceaccounts', 'system:serviceaccounts:prod', 'system:authenticated'],
    ],
    ['system:anonymous', ['system:unauthenticated']],
    ['jane', ['system:authenticated']],
  ])('%s has the groups of its kind', async (name, groups) => {
    expect((await acting([['Impersonate-User', name]])).user).toEqual({ name, groups })
  })

  it('a service account is asked for as one, in its namespace', async () => {
    const { asked } = await acting([['Impersonate-User', 'system:serviceaccount:prod:ci']])
    expect(asked).toEqual(['serviceaccounts prod ci'])
  })

  it('says whom when it says anything', async () => {
    await expect(acting([['Impersonate-Group', 'devs']])).rejects.toThrow(
      'requested [{Group  devs    }] without impersonating a user',
    )
  })
})
