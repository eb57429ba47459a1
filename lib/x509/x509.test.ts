import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hours, instant, minutes, plus, seconds } from '../time.ts'
import { issue, makeAuthority, selfSigned } from './issue.ts'
import { fingerprint, isIssuedBy, readCertificate } from './read.ts'

const now = instant(Date.UTC(2026, 0, 1))
const authority = await makeAuthority('gantry', now)
const parsed = (pem: string) => new X509Certificate(pem)

describe('a certificate', () => {
  it('says whom it is for, what it may do and how long', async () => {
    const use = { role: 'client', commonName: 'jane', organizations: ['dev', 'ops'] } as const
    const { certificate } = await issue(authority, use, now, minutes(10))
    expect(readCertificate(certificate)).toEqual({
      commonName: 'jane',
      organizations: ['dev', 'ops'],
      notBefore: plus(now, seconds(-3600)),
      notAfter: plus(now, minutes(10)),
      forClients: true,
    })
  })

  it('is not taken in by a subject that looks like several', async () => {
    const use = { role: 'client', commonName: 'jane\nO=system:masters,O=system:masters' } as const
    const { certificate } = await issue(authority, use, now)
    expect(readCertificate(certificate)).toMatchObject({ commonName: use.commonName, organizations: [] })
  })

  it('of a server is none of a client', async () => {
    const { certificate } = await issue(authority, { role: 'server', commonName: 's', hosts: ['localhost'] }, now)
    expect(readCertificate(certificate).forClients).toBe(false)
    expect(readCertificate((await selfSigned('s', ['::1'], now, hours(1))).certificate).forClients).toBe(false)
  })

  it('is known by its authority, and not by another of the same name', async () => {
    const other = await makeAuthority('gantry', now)
    const { certificate } = await issue(authority, { role: 'client', commonName: 'jane' }, now)
    expect(isIssuedBy(parsed(certificate), parsed(authority.certificate))).toBe(true)
    expect(isIssuedBy(parsed(certificate), parsed(other.certificate))).toBe(false)
    expect(fingerprint(authority.certificate)).not.toBe(fingerprint(other.certificate))
    expect(fingerprint(parsed(certificate))).toBe(fingerprint(certificate))
  })
})
