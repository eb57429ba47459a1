/** The image that all contenders run: busybox alone, imported into the local engine. */
import { ensureImage } from '../local-image.ts'

export const benchImage = 'gantry-bench/busybox:1'

/** Runs until SIGTERM and then leaves at once: stopping costs no contender a timeout. */
export const benchCommand = [
  '/bin/busybox',
  'sh',
  '-c',
  'trap "exit 0" TERM; while :; do /bin/busybox sleep 3600 & wait $!; done',
]

export const ensureBenchImage = (): Promise<void> => ensureImage(benchImage, { programs: ['/bin/busybox'] })

/** Resolves when `holds` does; asks every 20 ms, for at most `seconds`. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 180): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`gave up after ${seconds} s waiting for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
