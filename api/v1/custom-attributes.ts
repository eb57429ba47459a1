/** Attributes that users give an instance (ecs-core 1.7, 6.3): up to 10, and not by the names that ECS and its agents give. */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { celForbidden } from '../meta/cel.ts'
import { under } from '../meta/field-path.ts'
import { forbidden } from '../meta/problems.ts'
import { saying } from './names.ts'

const mostAttributes = 10
const reserved = 'the prefixes ecs. and com.amazonaws. are reserved'

const CustomAttribute = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_/.\\-]{1,128}$/, saying(String.raw`must be 1 to 128 letters, digits and - _ / \ .`))
      .describe('Attribute name.')
      .meta({ maxLength: 128 }),
    value: z
      .string()
      .regex(
        /^[A-Za-z0-9_/.\\@:-]([A-Za-z0-9_/.\\@: -]{0,126}[A-Za-z0-9_/.\\@:-])?$/,
        saying(String.raw`must be 1 to 128 letters, digits, - _ / \ . @ : and spaces between`),
      )
      .optional()
      .describe('Value; absent for a presence attribute.')
      .meta({ maxLength: 128 }),
  })
  .meta({
    validations: [
      celForbidden('.name', "!self.name.startsWith('ecs.') && !self.name.startsWith('com.amazonaws.')", reserved),
    ],
  })

export const CustomAttributes = z
  .array(CustomAttribute)
  .max(mostAttributes)
  .meta({ listType: 'map', listMapKeys: ['name'] })

/** Names that are not for users. */
export const attributeProblems = (
  attributes: readonly { readonly name: string }[] | undefined,
  path: string,
): readonly FieldProblem[] =>
  (attributes ?? []).flatMap(({ name }, i) =>
    /^(ecs|com\.amazonaws)\./.test(name) ? [forbidden(under(under(path, i), 'name'), reserved)] : [],
  )
