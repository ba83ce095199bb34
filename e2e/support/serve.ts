import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary, ended, freePort, root, served, settings } from './city.ts'

/** Lays out the demo cities in a temporary folder, serves them, and takes everything away at the end. */
export default async function serve(): Promise<() => Promise<void>> {
  // A server that runs already, e.g. that of `make demo`.
  if (process.env.YIPANQI_BASE) return async () => undefined
  const folder = mkdtempSync(join(tmpdir(), 'yipanqi-e2e-'))
  const seed = spawnSync(binary, [...settings(folder), 'demo', 'seed', '--catalogue', join(root, 'catalogues'), '--clock-file', join(folder, 'clock')], { cwd: root, encoding: 'utf8', env: { YIPANQI_LOG: 'warn', ...process.env } })
  if (seed.status !== 0) throw new Error(`demo seed failed:\n${seed.stdout}\n${seed.stderr}`)
  const clock = readFileSync(join(folder, 'clock'), 'utf8').trim()
  const port = await freePort()
  const server = await served(folder, clock, port)
  process.env.YIPANQI_BASE = `http://127.0.0.1:${port}`
  process.env.YIPANQI_COMMAND = JSON.stringify([binary, ...settings(folder), '--clock', clock])
  process.env.YIPANQI_FOLDER = folder
  return async () => {
    await ended(server, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}
