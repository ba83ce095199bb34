import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter'

/** After everything else: each failure again in a few lines, so that the end of a long log says what failed. */
export default class Last implements Reporter {
  private readonly failures: string[] = []

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === 'passed' || result.status === 'skipped') return
    const plain = (text: string) => text.replace(/\u001B\[[0-9;]*m/g, '')
    const said = result.errors.map((error) => plain(error.message ?? String(error.value)).split('\n').filter((line) => line.trim()).slice(0, 12).map((line) => `    ${line.slice(0, 400)}`).join('\n'))
    this.failures.push(`  ${test.title}\n${said.join('\n')}`)
  }

  onEnd(): void {
    if (this.failures.length > 0) console.log(`\nFailed:\n${this.failures.join('\n')}`)
  }
}
