import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')
export const binary = process.env.YIPANQI ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/yipanqi')

/** Which data and which settings the binary works with. */
export const CONFIG = join(root, 'catalogues/demo.toml')
export const settings = (folder: string, config = CONFIG): string[] => ['--database', `sqlite:${join(folder, 'data')}`, '--config', config]

export function freePort(): Promise<number> {
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

/** A server on the data of a folder, at a moment of business time, once it answers. */
export async function served(folder: string, clock: string, port: number, config = CONFIG): Promise<ChildProcess> {
  const server = spawn(binary, [...settings(folder, config), '--clock', clock, 'serve', '--listen', `127.0.0.1:${port}`], {
    cwd: root,
    stdio: ['ignore', 'ignore', process.env.YIPANQI_LOG ? 'inherit' : 'ignore'],
  })
  for (let attempt = 0; attempt < 240 && server.exitCode === null; attempt += 1) {
    if (await fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok, () => false)) return server
    await new Promise((later) => setTimeout(later, 125))
  }
  throw new Error('the server did not become ready')
}

/** Ends a server and waits until it has gone. */
export async function ended(server: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise((done) => server.once('exit', done))
  server.kill(signal)
  await gone
}
