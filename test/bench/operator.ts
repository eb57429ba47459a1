/** `npm run bench -- operator`: the controllers through the kubernetes client beside direct, and what they ask for each task. */
import { convergence, type Job } from './course.ts'
import { gantry } from './gantry.ts'
import { ensureBenchImage } from './image.ts'
import { round, type Times } from './round.ts'
import { type Calls, operatorShape, upShape } from './shapes.ts'
import { median } from './stats.ts'

/** Prints times of both, and the calls of operator and agent. */
export async function benchOperator(rounds: number): Promise<void> {
  await ensureBenchImage()
  const shape = operatorShape()
  const [direct, remote] = [gantry(upShape()), gantry(shape)]
  const [directTimes, remoteTimes]: [Times, Times] = [new Map(), new Map()]
  const calls = new Map<Job, Calls[]>(convergence.map((job) => [job, []]))
  for (let i = 0; i < rounds; i++) {
    await round(direct, convergence, directTimes)
    let before: Calls | undefined
    await round(remote, convergence, remoteTimes, async (job) => {
      const now = await shape.calls()
      const since = before ?? { operator: 0, agent: 0 }
      calls.get(job)?.push({ operator: now.operator - since.operator, agent: now.agent - since.agent })
      before = now
    })
  }
  const each = (job: Job, who: keyof Calls): string =>
    (median((calls.get(job) ?? []).map((one) => one[who])) / job.tasks).toFixed(1)
  console.log(`| median of ${rounds} | direct | operator | ratio | operator's calls a task | agent's calls a task |`)
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const job of convergence) {
    const [a, b] = [directTimes, remoteTimes].map((times) => median(times.get(job.title ?? '') ?? [])) as [
      number,
      number,
    ]
    const times = `${(a / 1000).toFixed(2)} s | ${(b / 1000).toFixed(2)} s | ${(b / a).toFixed(2)}`
    console.log(`| ${job.title} | ${times} | ${each(job, 'operator')} | ${each(job, 'agent')} |`)
  }
}
