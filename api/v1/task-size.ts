/** Task-level cpu and memory: their spellings, and the sizes Fargate has (ecs-core 3.1). */

const vcpu = /^(\d+(?:\.\d+)?|\.\d+)\s*vcpu$/i
const gigabytes = /^(\d+(?:\.\d+)?|\.\d+)\s*gb$/i

/** `"1024"` or `"1 vCPU"` in CPU units (1024 = one vCPU); undefined when it is neither. */
export function cpuUnitsOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const match = vcpu.exec(text.trim())
  return match === null ? undefined : Math.round(Number(match[1]) * 1024)
}

/** `"512"` or `"0.5 GB"` in MiB; undefined when it is neither. */
export function mebibytesOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const match = gigabytes.exec(text.trim())
  return match === null ? undefined : Math.round(Number(match[1]) * 1024)
}

interface FargateSize {
  readonly cpu: number
  readonly least: number
  readonly most: number
  readonly step: number
  readonly windows: boolean
}

const fargateSizes: readonly FargateSize[] = [
  { cpu: 256, least: 1024, most: 2048, step: 1024, windows: false },
  { cpu: 512, least: 1024, most: 4096, step: 1024, windows: false },
  { cpu: 1024, least: 2048, most: 8192, step: 1024, windows: true },
  { cpu: 2048, least: 4096, most: 16384, step: 1024, windows: true },
  { cpu: 4096, least: 8192, most: 30720, step: 1024, windows: true },
  { cpu: 8192, least: 16384, most: 61440, step: 4096, windows: false },
  { cpu: 16384, least: 32768, most: 122880, step: 8192, windows: false },
]

/** What is wrong with a Fargate task of `cpu` units and `memory` MiB; undefined when there is such a size. */
export function fargateSizeProblem(cpu: number, memory: number, windows: boolean): string | undefined {
  const sizes = fargateSizes.filter((candidate) => !windows || candidate.windows)
  const size = sizes.find((candidate) => candidate.cpu === cpu)
  if (size === undefined) {
    const known = sizes.map((candidate) => candidate.cpu).join(', ')
    return `No Fargate configuration exists for given values: cpu must be one of ${known}`
  }
  const smallest = cpu === 256 && memory === 512
  const inSteps = memory >= size.least && memory <= size.most && (memory - size.least) % size.step === 0
  if (smallest || inSteps) return undefined
  const also = cpu === 256 ? '512 or ' : ''
  return `No Fargate configuration exists for given values: with cpu ${cpu}, memory must be ${also}${size.least} to ${size.most} MiB in steps of ${size.step}`
}
