/** A Secret's stringData is a write-only convenience: it ends up in data; an immutable Secret keeps its data. */

import { isEqual } from '../../../lib/equal.ts'
import { forbidden } from '../../meta/problems.ts'
import { Secret } from '../../v1/core.ts'
import { type Admission, about } from '../admission.ts'

export const secretData: Admission = about(Secret, {
  name: 'SecretData',
  async mutate({ object }) {
    const { stringData, ...secret } = object
    if (stringData === undefined) return object
    const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
    return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } } as Secret
  },
  async review({ operation, object, old }) {
    if (operation !== 'update' || old?.immutable !== true) return []
    const why = 'field is immutable when `immutable` is set'
    return [
      ...(isEqual(object.data ?? {}, old.data ?? {}) ? [] : [forbidden('data', why)]),
      ...(object.immutable === true ? [] : [forbidden('immutable', why)]),
    ]
  },
})
