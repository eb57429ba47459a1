import '../reflect-metadata.ts'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { hours, instant, minutes, plus, seconds } from '../time.ts'
import { issue, makeAuthority, selfSigned } from './issue.ts'
import { newKeys, algorithm as signingAlgorithm } from './key-pair.ts'
import { fingerprint, isIssuedBy, readCertificate } from './read.ts'
import { makeRequest, readRequest, signRequest } from './request.ts'

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

describe('a request', () => {
  const subject = { commonName: 'system:container-instance:default:one', organizations: ['system:container-instances'] }

  it('says what is asked, and is signed for that alone', async () => {
    const { request, key } = await makeRequest(subject)
    expect(await readRequest(request)).toEqual({ ...subject, asksMore: false })
    const certificate = await signRequest(authority, request, subject, now, minutes(10))
    expect(readCertificate(certificate)).toEqual({
      ...subject,
      notBefore: plus(now, seconds(-300)),
      notAfter: plus(now, minutes(10)),
      forClients: true,
    })
    expect(isIssuedBy(parsed(certificate), parsed(authority.certificate))).toBe(true)
    expect(parsed(certificate).checkPrivateKey(createPrivateKey(key))).toBe(true)
  })

  it('for another key than its own is none', async () => {
    const [one, two] = [await makeRequest(subject), await makeRequest(subject)]
    const der = (pem: string) => Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64')
    const mixed = Buffer.concat([der(one.request).subarray(0, -64), der(two.request).subarray(-64)])
    const text = `-----BEGIN CERTIFICATE REQUEST-----\n${mixed.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
    expect(await readRequest(text)).toBeUndefined()
    expect(await readRequest('no request')).toBeUndefined()
  })

  it.each([
    ['another name of it', { extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'a.b' }])] }],
    ['a country', { name: 'CN=a,C=CH' }],
    ['two names', { name: 'CN=a,CN=b' }],
  ])('that asks for %s says so', async (_, parts) => {
    const keys = await newKeys()
    const made = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=a', keys, signingAlgorithm, ...parts })
    expect(await readRequest(made.toString('pem'))).toMatchObject({ asksMore: true })
  })
})
