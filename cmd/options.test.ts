import { describe, expect, it } from 'vitest'
import { durationMillis, listenAddress, servers, wholeNumber } from './options.ts'

describe('listenAddress', () => {
  it.each([
    ['127.0.0.1:7443', { host: '127.0.0.1', port: 7443 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65535 }],
    [':8080', { host: '0.0.0.0', port: 8080 }],
  ])('%s', (text, want) => expect(listenAddress(text)).toEqual(want))
  it.each(['', '7443', 'host', 'host:', 'host:65536', 'host:-1', '::1:80'])('refuses %j', (text) =>
    expect(() => listenAddress(text)).toThrow('HOST:PORT'),
  )
})

describe('durationMillis', () => {
  it.each([
    ['90', 90_000],
    ['250ms', 250],
    ['5m', 300_000],
    ['1h', 3_600_000],
  ])('%s', (text, want) => expect(durationMillis(text)).toBe(want))
  it.each(['', 's', '1d', '-1s', '1.5s'])('refuses %j', (text) => expect(() => durationMillis(text)).toThrow('90s'))
})

describe('servers', () => {
  it.each([
    ['https://a:7443', ['https://a:7443']],
    ['https://a:7443/, https://b:1', ['https://a:7443', 'https://b:1']],
  ])('%s', (text, want) => expect(servers(text)).toEqual(want))
  it.each(['', 'a:7443', 'http://a:7443', 'https://a:7443,'])('refuses %j', (text) =>
    expect(() => servers(text)).toThrow('https://HOST:PORT'),
  )
})

describe('wholeNumber', () => {
  it('takes numbers from 1', () => expect(wholeNumber('4096')).toBe(4096))
  it.each(['0', '-1', '1.5', 'x', ''])('refuses %j', (text) => expect(() => wholeNumber(text)).toThrow('whole number'))
})
