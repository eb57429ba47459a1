/** Reads which service a person means: `SERVICE` or `service/SERVICE`. */
import { Service } from '../api/v1/service.ts'
import { type AnyKind, nameOf } from './object-argument.ts'

export const serviceKind = Service as unknown as AnyKind

/** The service's name. Faults: BadRequest. */
export const serviceNameOf = (argument: string): string => nameOf(serviceKind, argument, 'only services are rolled out')
