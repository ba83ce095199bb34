import base from './playwright.config.ts'
import { defineConfig } from '@playwright/test'

/** What is measured, with nothing asserted about time: `npm run measure`. */
export default defineConfig(base, { testDir: './measure', timeout: 600_000, reporter: [['line']] })
