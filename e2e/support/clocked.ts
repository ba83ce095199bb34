import { expect, request, type APIRequestContext } from '@playwright/test'
import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const binary = process.env.YIPANQI ?? join(root, 'target/debug/yipanqi')
const PASSWORD = 'yipanqi-demo'

async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** A copy of the demo city on a server of its own, whose business clock is set anew with each start. */
export class ClockedCity {
  private server: ChildProcess | undefined
  private readonly folder = mkdtempSync(join(tmpdir(), 'yipanqi-clocked-'))
  base = ''

  constructor(data: string) {
    cpSync(data, this.folder, { recursive: true })
  }

  /** Starts the server at this business moment; one that runs is stopped before. */
  async at(clock: string): Promise<void> {
    await this.stop()
    const port = await freePort()
    this.base = `http://127.0.0.1:${port}`
    const common = ['--database', `sqlite:${join(this.folder, 'data')}`, '--config', join(root, 'catalogues/demo.toml')]
    this.server = spawn(binary, [...common, '--clock', clock, 'serve', '--listen', `127.0.0.1:${port}`], { cwd: root, stdio: 'ignore' })
    for (let attempt = 0; ; attempt += 1) {
      if (await fetch(`${this.base}/readyz`).then((answer) => answer.ok, () => false)) return
      if (attempt > 120 || this.server.exitCode !== null) throw new Error('the server did not become ready')
      await new Promise((later) => setTimeout(later, 250))
    }
  }

  /** Requests of somebody who has logged in. */
  async as(login: string): Promise<APIRequestContext> {
    const context = await request.newContext({ baseURL: this.base })
    const answer = await context.post('/api/session', { data: { login, password: PASSWORD }, headers: { 'X-Yipanqi': '1' } })
    expect(answer.ok(), `${login}: ${answer.status()}`).toBeTruthy()
    return context
  }

  private async stop(): Promise<void> {
    const server = this.server
    if (!server) return
    const ended = new Promise((done) => server.once('exit', done))
    server.kill('SIGTERM')
    await ended
    this.server = undefined
  }

  async end(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
