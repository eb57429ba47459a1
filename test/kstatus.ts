/**
 * How Flux and others tell from any object whether it has come to rest: the generic rules of kstatus (sigs.k8s.io/cli-utils), which
 * know only metadata.generation, status.observedGeneration and the conditions Reconciling, Stalled and Ready.
 */
type KStatus = 'Terminating' | 'InProgress' | 'Failed' | 'Current'

interface Judged {
  readonly metadata: { readonly generation?: number | undefined; readonly deletionTimestamp?: string | undefined }
  readonly status?: unknown
}
interface Status {
  readonly observedGeneration?: number
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
}

export function kstatusOf({ metadata, status }: Judged): KStatus {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  const { observedGeneration, conditions = [] } = (status ?? {}) as Status
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress'
  const is = (type: string): string | undefined => conditions.find((one) => one.type === type)?.status
  if (is('Reconciling') === 'True') return 'InProgress'
  if (is('Stalled') === 'True') return 'Failed'
  const ready = is('Ready')
  return ready === undefined || ready === 'True' ? 'Current' : 'InProgress'
}
