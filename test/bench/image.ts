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
