import { type APIRequestContext } from '@playwright/test'
import { type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFIG, ended, freePort, served } from './city.ts'
import { caller } from './person.ts'

/** A server of its own on a copy of the demo city, which a story may kill and start again at the same address. */
export class OwnServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'yipanqi-own-'))
  private process: ChildProcess | null = null
  private config = CONFIG
  private constructor(readonly port: number) {}

  static async open(clock?: string): Promise<OwnServer> {
    const from = process.env.YIPANQI_FOLDER
    if (!from) throw new Error('the demo city has not been laid out here: run without YIPANQI_BASE')
    const own = new OwnServer(await freePort())
    cpSync(from, own.folder, { recursive: true })
    await own.start(clock)
    return own
  }

  get base(): string {
    return `http://localhost:${this.port}`
  }

  /** Starts at the business moment of the demo city, or at another one. */
  async start(clock = readFileSync(join(this.folder, 'clock'), 'utf8').trim()): Promise<void> {
    this.process = await served(this.folder, clock, this.port, this.config)
  }

  /** Without a word, as a power cut does. */
  async kill(): Promise<void> {
    await ended(this.process, 'SIGKILL')
    this.process = null
  }

  /** Stops in good order and starts at another business moment. */
  async at(clock: string): Promise<void> {
    await ended(this.process, 'SIGTERM')
    this.process = null
    await this.start(clock)
  }

  /** Starts again with more settings than the demo city has. */
  async with(settings: string): Promise<void> {
    this.config = join(this.folder, 'own.toml')
    writeFileSync(this.config, `${readFileSync(CONFIG, 'utf8')}\n${settings}\n`)
    await ended(this.process, 'SIGTERM')
    await this.start()
  }

  /** Requests of somebody who has signed in. */
  as(login: string): Promise<APIRequestContext> {
    return caller(login, this.base)
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
