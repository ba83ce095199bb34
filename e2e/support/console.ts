import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

/** Whether the stories serve their city themselves and may use the machine's own command line. */
export const atTheMachine = (): boolean => process.env.YIPANQI_COMMAND !== undefined

/** What whoever keeps the machine types beside the running server. */
export function type(...args: string[]): void {
  const [binary, ...common] = JSON.parse(process.env.YIPANQI_COMMAND ?? '[]') as string[]
  if (!binary) throw new Error('no command line')
  const ran = spawnSync(binary, [...common, ...args], { cwd: resolve(import.meta.dirname, '../..'), encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
}
