/** Writes objects in Kubernetes' protobuf, as Go does: what is no pointer is always there. Loaded with the first such answer. */
import type { Writer } from 'protobufjs/minimal.js'
import protobuf from 'protobufjs/minimal.js'
import { parseTimestamp } from '../../../lib/time.ts'
import { magic, typeFields, unknownFields, wire } from './envelope.ts'
import { type Field, fieldsOf } from './fields.ts'
import { messageOf } from './messages.ts'

type Json = Readonly<Record<string, unknown>>

interface Typed {
  readonly apiVersion: string
  readonly kind: string
}

const tag = (number: number, type: number): number => (number << 3) | type

/** Seconds and nanoseconds of an RFC 3339 time; the fraction is read as text, for milliseconds are not enough. */
function writeTime(writer: Writer, text: unknown): void {
  if (typeof text !== 'string') return
  const [, digits = ''] = /\.(\d{1,9})/.exec(text) ?? []
  writer.uint32(tag(1, wire.varint)).int64(Math.floor(parseTimestamp(text) / 1000))
  writer.uint32(tag(2, wire.varint)).int32(Number(digits.padEnd(9, '0')))
}

const asJson = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})

function writeValue(writer: Writer, type: Field['type'], value: unknown): void {
  if (typeof type === 'object') {
    writeMessage(writer.fork(), type.message, asJson(value)).ldelim()
    return
  }
  switch (type) {
    case 'string':
      writer.string(String(value ?? ''))
      return
    case 'int':
      writer.int64(Number(value ?? 0))
      return
    case 'bool':
      writer.bool(value === true)
      return
    case 'bytes':
      writer.bytes(Buffer.from(String(value ?? ''), 'base64'))
      return
    case 'time':
    case 'microTime':
      writer.fork()
      writeTime(writer, value)
      writer.ldelim()
      return
    case 'json':
      writer
        .fork()
        .uint32(tag(1, wire.bytes))
        .bytes(Buffer.from(JSON.stringify(value)))
        .ldelim()
      return
    case 'strings':
      writer.fork()
      for (const item of value as readonly string[]) writer.uint32(tag(1, wire.bytes)).string(item)
      writer.ldelim()
      return
  }
}

const wireTypeOf = (type: Field['type']): number => (type === 'int' || type === 'bool' ? wire.varint : wire.bytes)

function writeField(writer: Writer, { number, type, many, pointer }: Field, value: unknown): void {
  if (many === 'list') {
    for (const item of (value ?? []) as readonly unknown[]) {
      writeValue(writer.uint32(tag(number, wireTypeOf(type))), type, item)
    }
  } else if (many === 'map') {
    for (const [key, item] of Object.entries(asJson(value)).sort(([a], [b]) => (a < b ? -1 : 1))) {
      writer.uint32(tag(number, wire.bytes)).fork().uint32(tag(1, wire.bytes)).string(key)
      writeValue(writer.uint32(tag(2, wireTypeOf(type))), type, item)
      writer.ldelim()
    }
  } else if (!pointer || (value !== undefined && value !== null)) {
    writeValue(writer.uint32(tag(number, wireTypeOf(type))), type, value)
  }
}

function writeMessage(writer: Writer, message: string, value: Json): Writer {
  for (const field of fieldsOf(message).values()) writeField(writer, field, value[field.name])
  return writer
}

/** A list is written by its items: metadata, then each of them. */
function writeList(writer: Writer, message: string, value: Json): Writer {
  writeMessage(writer.uint32(tag(1, wire.bytes)).fork(), 'ListMeta', asJson(value.metadata)).ldelim()
  for (const item of (value.items ?? []) as readonly Json[]) {
    writeMessage(writer.uint32(tag(2, wire.bytes)).fork(), message, item).ldelim()
  }
  return writer
}

/** The object or list with its envelope; undefined for kinds that have no protobuf here. */
export function encodeObject(object: Typed): Uint8Array<ArrayBuffer> | undefined {
  const { apiVersion, kind } = object
  const own = messageOf(apiVersion, kind)
  const listed = kind.endsWith('List') ? messageOf(apiVersion, kind.slice(0, -'List'.length)) : undefined
  if (own === undefined && listed === undefined) return undefined
  const body = protobuf.Writer.create()
  const value = object as unknown as Json
  const raw = own === undefined ? writeList(body, listed as string, value) : writeMessage(body, own, value)
  const envelope = protobuf.Writer.create()
  envelope.uint32(tag(unknownFields.typeMeta, wire.bytes)).fork()
  envelope.uint32(tag(typeFields.apiVersion, wire.bytes)).string(apiVersion)
  envelope.uint32(tag(typeFields.kind, wire.bytes)).string(kind)
  envelope.ldelim()
  envelope.uint32(tag(unknownFields.raw, wire.bytes)).bytes(raw.finish())
  envelope.uint32(tag(unknownFields.contentEncoding, wire.bytes)).string('')
  envelope.uint32(tag(unknownFields.contentType, wire.bytes)).string('')
  return Buffer.concat([magic, envelope.finish()])
}
