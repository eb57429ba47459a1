/** Reads Kubernetes' protobuf as the JSON that would say the same. Loaded with the first such request. */
import type { Reader } from 'protobufjs/minimal.js'
import protobuf from 'protobufjs/minimal.js'
import { messageOf as errorText, Fault } from '../../../lib/errors.ts'
import { type Instant, instant, microTimestamp, timestamp } from '../../../lib/time.ts'
import { limits } from '../limits.ts'
import { magic, typeFields, unknownFields, wire } from './envelope.ts'
import { type Field, fieldsOf } from './fields.ts'
import { messageOf } from './messages.ts'

type Json = Record<string, unknown>

/** How many values one body may still hold; small bytes must not become large objects. */
interface Budget {
  values: number
}

const bad = (text: string, cause?: unknown): Fault =>
  new Fault('BadRequest', `error decoding the body of the request: ${text}`, cause === undefined ? {} : { cause })

/** Calls `take` for each field until `end`; what it does not take is skipped. */
function eachField(reader: Reader, end: number, budget: Budget, take: (number: number, type: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32()
    const type = tag & 7
    budget.values -= 1
    if (budget.values < 0) throw bad('too many values')
    if (tag >>> 3 === 0) throw bad('field number 0')
    if (!take(tag >>> 3, type)) reader.skipType(type)
    if (reader.pos > end) throw bad('a value is longer than what holds it')
  }
}

/** Where a length-delimited value ends, that must fit into what is being read. */
function endOf(reader: Reader): number {
  const end = reader.uint32() + reader.pos
  if (end > reader.len) throw bad('a value is longer than the body')
  return end
}

const bytesOf = (reader: Reader): Buffer => Buffer.from(reader.bytes())

function timeOf(reader: Reader, budget: Budget, text: (at: Instant) => string): string | null {
  let seconds: number | undefined
  let nanos = 0
  eachField(reader, endOf(reader), budget, (number, type) => {
    if (type !== wire.varint) return false
    if (number === 1) seconds = Number(String(reader.int64()))
    else if (number === 2) nanos = reader.int32()
    else return false
    return true
  })
  if (seconds === undefined) return null
  const millis = seconds * 1000 + Math.trunc(nanos / 1e6)
  if (!(millis >= limits.protobufTimes[0] && millis <= limits.protobufTimes[1])) throw bad('a time is out of range')
  const said = text(instant(millis))
  const micros = Math.trunc(nanos / 1e3) % 1000
  return text === microTimestamp && micros > 0 ? said.replace(/\d{3}Z$/, `${String(micros).padStart(3, '0')}Z`) : said
}

function stringsOf(reader: Reader, budget: Budget): readonly string[] {
  const items: string[] = []
  eachField(reader, endOf(reader), budget, (number, type) => {
    if (number !== 1 || type !== wire.bytes) return false
    items.push(reader.string())
    return true
  })
  return items
}

/** FieldsV1: JSON as bytes. */
function jsonOf(reader: Reader, budget: Budget): unknown {
  let text = '{}'
  eachField(reader, endOf(reader), budget, (number, type) => {
    if (number !== 1 || type !== wire.bytes) return false
    text = bytesOf(reader).toString('utf8')
    return true
  })
  return JSON.parse(text)
}

const wireTypeOf = ({ type }: Field): number => (type === 'int' || type === 'bool' ? wire.varint : wire.bytes)

function valueAt(reader: Reader, type: Field['type'], budget: Budget): unknown {
  if (typeof type === 'object') return messageAt(reader, endOf(reader), type.message, budget)
  switch (type) {
    case 'string':
      return reader.string()
    case 'int':
      return Number(String(reader.int64()))
    case 'bool':
      return reader.bool()
    case 'bytes':
      return bytesOf(reader).toString('base64')
    case 'time':
      return timeOf(reader, budget, timestamp)
    case 'microTime':
      return timeOf(reader, budget, microTimestamp)
    case 'json':
      return jsonOf(reader, budget)
    case 'strings':
      return stringsOf(reader, budget)
  }
}

function entryOf(reader: Reader, type: Field['type'], budget: Budget): readonly [string, unknown] {
  let key = ''
  let value: unknown
  eachField(reader, endOf(reader), budget, (number, wireType) => {
    if (wireType !== wire.bytes) return false
    if (number === 1) key = reader.string()
    else if (number === 2) value = valueAt(reader, type, budget)
    else return false
    return true
  })
  return [key, value ?? '']
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  value === null ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

function messageAt(reader: Reader, end: number, message: string, budget: Budget): Json {
  const fields = fieldsOf(message)
  const maps = new Map<string, Map<string, unknown>>()
  const found = new Map<string, unknown>()
  eachField(reader, end, budget, (number, type) => {
    const field = fields.get(number)
    if (field === undefined || type !== (field.many === 'one' ? wireTypeOf(field) : wire.bytes)) return false
    if (field.many === 'map') {
      const [key, value] = entryOf(reader, field.type, budget)
      const map = maps.get(field.name) ?? new Map<string, unknown>()
      maps.set(field.name, map.set(key, value))
      return true
    }
    const value = valueAt(reader, field.type, budget)
    if (field.many === 'list') {
      const list = (found.get(field.name) ?? []) as unknown[]
      list.push(value)
      found.set(field.name, list)
    } else if (field.pointer || !isEmpty(value)) found.set(field.name, value)
    return true
  })
  for (const [name, map] of maps) found.set(name, Object.fromEntries(map))
  return Object.fromEntries(found)
}

interface Unknown {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Uint8Array
}

function unwrapped(bytes: Uint8Array, budget: Budget): Unknown {
  if (!magic.every((byte, i) => bytes[i] === byte)) {
    throw bad('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  const reader = protobuf.Reader.create(bytes.subarray(magic.length))
  let apiVersion = ''
  let kind = ''
  let raw: Uint8Array = new Uint8Array()
  let encoding = ''
  eachField(reader, reader.len, budget, (number, type) => {
    if (type !== wire.bytes) return false
    if (number === unknownFields.typeMeta) {
      eachField(reader, endOf(reader), budget, (inner, innerType) => {
        if (innerType !== wire.bytes) return false
        if (inner === typeFields.apiVersion) apiVersion = reader.string()
        else if (inner === typeFields.kind) kind = reader.string()
        else return false
        return true
      })
    } else if (number === unknownFields.raw) raw = bytesOf(reader)
    else if (number === unknownFields.contentEncoding) encoding = reader.string()
    else return false
    return true
  })
  if (encoding !== '') throw bad(`content encoding ${JSON.stringify(encoding)} is not known`)
  return { apiVersion, kind, raw }
}

/** The object in `bytes`. Faults: BadRequest for anything that is no object of a kind known here. */
export function decodeObject(bytes: Uint8Array): unknown {
  const budget: Budget = { values: limits.bodyValues }
  try {
    const { apiVersion, kind, raw } = unwrapped(bytes, budget)
    const message = messageOf(apiVersion, kind)
    if (message === undefined) {
      throw new Fault(
        'BadRequest',
        `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
      )
    }
    const reader = protobuf.Reader.create(raw)
    return { apiVersion, kind, ...messageAt(reader, reader.len, message, budget) }
  } catch (cause) {
    throw cause instanceof Fault ? cause : bad(errorText(cause), cause)
  }
}
