import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const binary = process.env.YIPANQI ?? join(root, 'target/debug/yipanqi')

/** A server of its own on a copy of the demo city, which a story may kill and start again at the same address. */
export class OwnServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'yipanqi-own-'))
  private process: ChildProcess | null = null
  private constructor(readonly port: number) {}

  static async open(): Promise<OwnServer> {
    const from = process.env.YIPANQI_FOLDER
    if (!from) throw new Error('the demo city has not been laid out here: run without YIPANQI_BASE')
    const own = new OwnServer(await freePort())
    cpSync(from, own.folder, { recursive: true })
    await own.start()
    return own
  }

  get base(): string {
    return `http://localhost:${this.port}`
  }

  async start(): Promise<void> {
    const clock = readFileSync(join(this.folder, 'clock'), 'utf8').trim()
    const common = ['--database', `sqlite:${join(this.folder, 'data')}`, '--config', join(root, 'catalogues/demo.toml')]
    this.process = spawn(binary, [...common, '--clock', clock, 'serve', '--listen', `127.0.0.1:${this.port}`], {
      cwd: root,
      stdio: ['ignore', 'ignore', process.env.YIPANQI_LOG ? 'inherit' : 'ignore'],
    })
    for (let attempt = 0; attempt < 120; attempt += 1) {
      if (await fetch(`${this.base}/readyz`).then((answer) => answer.ok, () => false)) return
      await new Promise((later) => setTimeout(later, 250))
    }
    throw new Error('the server did not become ready')
  }

  /** Without a word, as a power cut does. */
  async kill(): Promise<void> {
    const process = this.process
    if (!process) return
    const ended = new Promise((done) => process.once('exit', done))
    process.kill('SIGKILL')
    await ended
    this.process = null
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

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
