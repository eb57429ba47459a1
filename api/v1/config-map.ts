/** core/v1 ConfigMap: configuration as text and bytes. */
import { z } from 'zod'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { invalid } from '../meta/problems.ts'
import { decodedBytes, immutableProblems, keyProblems, sizeProblems } from './config-data.ts'
import { ageColumn } from './native-columns.ts'

const bytesOf = (texts: readonly string[], size: (text: string) => number): number =>
  texts.reduce((sum, text) => sum + size(text), 0)

interface Data {
  readonly data?: Readonly<Record<string, string>> | undefined
  readonly binaryData?: Readonly<Record<string, string>> | undefined
}

export const ConfigMap = defineKind(
  {
    group: '',
    categories: [],
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    description: 'Configuration data for tasks to use.',
    shape: {
      data: z.record(z.string(), z.string()).optional().describe('Values as text.'),
      binaryData: z.record(z.string(), z.base64()).optional().describe('Values as bytes, in base64.'),
      immutable: z.boolean().optional().describe('Whether data and binaryData can change no more.'),
    },
    columns: [
      {
        name: 'Data',
        type: 'string',
        jsonPath: '.data',
        description:
          "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
        value: ({ data = {}, binaryData = {} }: Data) => Object.keys(data).length + Object.keys(binaryData).length,
      },
      ageColumn,
    ],
  },
  {
    validate: (object, old) => {
      const { data = {}, binaryData = {} } = object
      const size = bytesOf(Object.values(data), Buffer.byteLength) + bytesOf(Object.values(binaryData), decodedBytes)
      const twice = Object.keys(data).filter((key) => Object.hasOwn(binaryData, key))
      return [
        ...immutableProblems(object, old, ['data', 'binaryData']),
        ...keyProblems('data', data),
        ...twice.map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
        ...keyProblems('binaryData', binaryData),
        ...sizeProblems('[]', size),
      ]
    },
  },
)
export type ConfigMap = ObjectOfKind<typeof ConfigMap>
