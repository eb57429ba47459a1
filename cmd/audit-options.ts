/** Where a server keeps its audit log, from its flags. */
import { join } from 'node:path'
import type { AuditFileOptions } from '../api/server/audit/audit-file.ts'
import type { ServerFlags } from './options.ts'

/** `byDefault`: whether there is one when nothing is said. */
export function auditOptions(flags: ServerFlags, byDefault: boolean): { readonly audit?: AuditFileOptions } {
  const { auditLog = byDefault && join(flags.dataDir, 'audit.log'), auditLogMaxSize, auditLogMaxBackups } = flags
  if (auditLog === false) return {}
  return { audit: { path: auditLog, maxBytes: auditLogMaxSize * 2 ** 20, backups: auditLogMaxBackups } }
}
