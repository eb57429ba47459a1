/** `npm run bench -- api`: the API server's figures on each store and size, as a table for the README. */
import { type Figures, measure, type StoreName } from './measure.ts'

/** Prints one column for each store and size. */
export async function benchApi(stores: readonly StoreName[], sizes: readonly number[]): Promise<void> {
  const columns: { readonly title: string; readonly figures: Figures }[] = []
  for (const store of stores) {
    for (const [i, figures] of (await measure(store, sizes)).entries()) {
      columns.push({ title: `${store}, ${(sizes[i] ?? 0).toLocaleString('en')} Tasks`, figures })
    }
  }
  console.log(`| | ${columns.map(({ title }) => title).join(' | ')} |`)
  console.log(`| --- |${' --- |'.repeat(columns.length)}`)
  for (const name of Object.keys(columns[0]?.figures ?? {})) {
    console.log(`| ${name} | ${columns.map(({ figures }) => figures[name] ?? '-').join(' | ')} |`)
  }
}
