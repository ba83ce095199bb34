/** Writes the field face's service worker with the files of this build: everything that `m.html` can come to load. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const template = fileURLToPath(new URL('../src/field/worker/worker.js', import.meta.url))
const ALWAYS = ['/m', '/mark.svg', '/field.webmanifest']

export function fieldWorker() {
  let kept = []
  return {
    name: 'yipanqi-field-worker',
    // After chunks of mere styles are taken out of the bundle: a list with one file that is not there keeps nothing at all.
    enforce: 'post',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === 'chunk')
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
      const entry = chunks.find((chunk) => chunk.isEntry && chunk.facadeModuleId?.endsWith('m.html'))
      if (!entry) this.error('the field face has no entry')
      const files = new Set()
      const open = [entry.fileName]
      while (open.length > 0) {
        const name = open.pop()
        const chunk = byName.get(name)
        if (files.has(name) || !chunk) continue
        files.add(name)
        for (const style of chunk.viteMetadata?.importedCss ?? []) files.add(style)
        for (const asset of chunk.viteMetadata?.importedAssets ?? []) files.add(asset)
        open.push(...chunk.imports, ...chunk.dynamicImports)
      }
      kept = [...files]
      const list = [...ALWAYS, ...kept.map((name) => `/${name}`)].sort()
      const build = createHash('sha256').update(list.join('\n')).digest('hex').slice(0, 12)
      // The head is taken away first: it names the places that are filled.
      const code = readFileSync(template, 'utf8').replace(/\/\*\*[\s\S]*?\*\/\n/, '')
      this.emitFile({ type: 'asset', fileName: 'm-worker.js', source: code.replace('__BUILD__', build).replace('__FILES__', JSON.stringify(list)) })
    },
    writeBundle({ dir }) {
      const missing = kept.filter((name) => !existsSync(join(dir, name)))
      if (missing.length > 0) this.error(`the field face would keep files that are not there: ${missing.join(', ')}`)
    },
  }
}
