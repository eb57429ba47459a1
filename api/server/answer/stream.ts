/** A response body made of pieces as they come: no faster than its reader, and cut when the reader takes nothing. */
import type { Cancel, Clock } from '../../../lib/clock.ts'
import { limits } from '../limits.ts'

export interface StreamOwner {
  readonly clock: Clock
  /** Ends what makes the pieces; called once, however the stream ends. */
  readonly release: () => void
  /** Breaks the connection of a reader that hangs. */
  readonly cut: () => void
}

const encoder = new TextEncoder()
const bytesOf = (piece: string | Uint8Array): Uint8Array => (typeof piece === 'string' ? encoder.encode(piece) : piece)

/** The body of `pieces`; each is made only when the one before was taken. */
export function streamOf(pieces: AsyncIterator<string | Uint8Array>, owner: StreamOwner): ReadableStream<Uint8Array> {
  let unwatch: Cancel = () => undefined
  let released = false
  const end = (): void => {
    unwatch()
    if (released) return
    released = true
    owner.release()
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        unwatch()
        try {
          const { done, value } = await pieces.next()
          if (released) return
          if (done === true) {
            end()
            controller.close()
            return
          }
          controller.enqueue(bytesOf(value))
          unwatch = owner.clock.after(limits.stalled, () => {
            end()
            owner.cut()
          })
        } catch (error) {
          end()
          controller.error(error)
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
