import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const binary = process.env.YIPANQI ?? join(root, 'target/debug/yipanqi')

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => done(port))
    })
  })
}

/** Lays out the demo cities in a temporary folder, serves them, and takes everything away at the end. */
export default async function serve(): Promise<() => Promise<void>> {
  // A server that runs already, e.g. that of `make demo`.
  if (process.env.YIPANQI_BASE) return async () => undefined
  const folder = mkdtempSync(join(tmpdir(), 'yipanqi-e2e-'))
  const common = ['--database', `sqlite:${join(folder, 'data')}`, '--config', join(root, 'catalogues/demo.toml')]
  const seed = spawnSync(binary, [...common, 'demo', 'seed', '--catalogue', join(root, 'catalogues'), '--clock-file', join(folder, 'clock')], { cwd: root, encoding: 'utf8' })
  if (seed.status !== 0) throw new Error(`demo seed failed:\n${seed.stdout}\n${seed.stderr}`)
  const clock = readFileSync(join(folder, 'clock'), 'utf8').trim()
  process.env.YIPANQI_DATA = folder
  const port = await freePort()
  const server: ChildProcess = spawn(binary, [...common, '--clock', clock, 'serve', '--listen', `127.0.0.1:${port}`], {
    cwd: root,
    stdio: ['ignore', 'ignore', process.env.YIPANQI_LOG ? 'inherit' : 'ignore'],
  })
  const base = `http://127.0.0.1:${port}`
  for (let attempt = 0; ; attempt += 1) {
    const ready = await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false)
    if (ready) break
    if (attempt > 120 || server.exitCode !== null) throw new Error('the server did not become ready')
    await new Promise((later) => setTimeout(later, 250))
  }
  process.env.YIPANQI_BASE = base
  process.env.YIPANQI_COMMAND = JSON.stringify([binary, ...common, '--clock', clock])
  process.env.YIPANQI_FOLDER = folder
  return async () => {
    const ended = new Promise((done) => server.once('exit', done))
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
